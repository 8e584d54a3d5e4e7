"""A whole city of some months, for demonstrations and tests: its truth is planted, and written here.

It stands on `parvis.simulated_city` (flows with daily and weekly rhythms, weather, memory from day to day, outages)
and comes through the doors of real data: descriptions of cameras, hours in the history's files, registered sensors,
deposits told by the cameras, and cases that rules open and services handle through the API.

| where | what is planted | what should be found |
|---|---|---|
| École Jaurès | from the trial's first day on, more walkers | an experiment's effect |
| École Jaurès | NO2 follows cars by two hours, and wind takes it away | lag in cross-analysis; `divert-traffic` |
| Avenue de la Gare | a delivery bay that is taken nearly all day | `bay-full` |
| Avenue de la Gare | vehicles stop from 9 to 12 on working days | `delivery-bay` |
| Avenue de la Gare | who drives waits longer than a minute in the rush hour | `signal-timing` |
| Avenue de la Gare | bulky waste that lies for two days on the pavement | `clear-sooner` |
| Place du Marché | some deposits every day, at any hour of daylight; more on market days (Saturday) | `add-bin` |
| Place du Marché | a bin that is nearly full every evening | `empty-sooner` |
| Quai de Marne | few deposits, most of them from 20 to 23 | `collection-round` |
| Quai de Marne | a bin that is never half full | `empty-later` |
| Quai de Marne | 85 of 100 drive up to 58 km/h | `calm-traffic` |
| Quai de Marne | one cyclist in three leaves the cycle path | `protect-cycle-path` |
| École Curie | pupils walk in among cars at 8 on working days | `school-street` |
| Pont Vert | a camera that is out for many hours a day | `camera-coverage` |

All streets share what is the same everywhere on a day, so `divert-traffic` may be found beside other streets too.
Nobody measures ozone, and the indicator of it says so.
"""
