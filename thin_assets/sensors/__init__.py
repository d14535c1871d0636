"""Sensors: what happened in the world and asks for something to be done."""

from thin_assets.sensors.changes import rebuild_what_changed
from thin_assets.sensors.deliveries import deliveries_arrived
from thin_assets.sensors.months import month_complete
from thin_assets.sensors.room_costs import room_costs

SENSORS = [deliveries_arrived, rebuild_what_changed, month_complete, room_costs]
