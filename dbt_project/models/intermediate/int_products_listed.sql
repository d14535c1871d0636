-- grain: one row per product of the delivered list: family of code systems, and what its spellings share
select
    system.family,
    {{ product_form('listed.drug_code_system', 'listed.drug_code') }} as product_form,
    -- by which a vocabulary may know what was delivered as a CIP7
    min(if(listed.drug_code_system = 'CIP13', listed.drug_code, null)) as cip13,
    min(listed.atc) as atc,
    min(listed.generic) as generic,
    min(listed.route) as route,
    min(listed.pack_units) as pack_units
from {{ ref('stg_thin__products') }} as listed
inner join {{ ref('drug_code_systems') }} as system on listed.drug_code_system = system.drug_code_system
group by all
