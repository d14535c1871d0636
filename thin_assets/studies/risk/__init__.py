"""Risk models: who in general practice will have a first cancer within one, two or five years.

Enters    landmarks of the cohorts room, their features, and a sealed build of one snapshot.
Leaves    what was known of everybody at each landmark and what came after; models that were learned from it
          in one country; how well each of them does in each country; scores and reasons for today.
Promises  nothing on or after a landmark is known to a model; practices that a model is judged on did not
          teach it; what could not be learned or judged for lack of events says so; same rows, same seed, same
          bytes. The mathematics knows neither Dagster nor lake. docs/explanation/risk-models.md says what is
          estimated, and why.
"""
