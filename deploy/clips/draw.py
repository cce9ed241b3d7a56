"""Draws one of the demo's looping programmes as a subtitle script, which libass renders with smooth edges.

Both programmes share a layout, so that one finds the same things at the same place: the track's letter on the left, a
dial whose hand goes round in ten seconds on the right, the seconds of the loop below it. Each has a colour and a motif
of its own: lanterns and petals on vermilion (a), fireworks over waves on indigo (b).

The slate, which is shown while nobody sends, has no words at all: a moon over waves, and petals that fall slowly. What is
to be said is said by the page above it.

Everything that moves comes back to where it began after LOOP seconds, so that the loop has no seam.
"""

import math
import random
import sys

LOOP = 40.0
WIDTH, HEIGHT = 854, 480
DIAL = (612, 214, 112)  # x, y, radius

PALETTES = {
    "a": {
        "light": "FFF3E2", "accent": "FF7A4D", "deep": "7E1F1B", "gold": "FFC968", "wave": ("8E2A22", "A63A2B"),
        "hall": "大広間", "hall_en": "MAIN HALL",
    },
    "b": {
        "light": "EAF4FF", "accent": "58B6FF", "deep": "16305F", "gold": "9FE3E0", "wave": ("1D3F78", "285394"),
        "hall": "縁側", "hall_en": "GARDEN ROOM",
    },
}

# Shown to every conference, so it belongs to none of its tracks.
PALETTES["slate"] = {
    "light": "F3EEFF", "accent": "FFE9B8", "deep": "1B2347", "gold": "C9B8FF", "wave": ("262F5C", "313B70"),
}

events = []


def clock(seconds):
    centis = round(seconds * 100)
    return f"{centis // 360000}:{centis // 6000 % 60:02}:{centis // 100 % 60:02}.{centis % 100:02}"


def show(text, start=0.0, end=LOOP, layer=0, style="plain"):
    events.append(f"Dialogue: {layer},{clock(start)},{clock(end)},{style},,0,0,0,,{text}")


def colour(rgb, which=1):
    return f"\\{which}c&H{rgb[4:6]}{rgb[2:4]}{rgb[0:2]}&"


def alpha(opacity, which=1):
    return f"\\{which}a&H{round(255 * (1 - opacity)):02X}&"


def shape(path, rgb, opacity=1.0, at=(0, 0), more=""):
    x, y = at
    return f"{{\\an7\\pos({x},{y}){colour(rgb)}{alpha(opacity)}\\bord0\\shad0{more}\\p1}}{path}{{\\p0}}"


def ellipse(x, y, rx, ry):
    k = 0.5523
    return (
        f"m {x - rx:.1f} {y:.1f} "
        f"b {x - rx:.1f} {y - ry * k:.1f} {x - rx * k:.1f} {y - ry:.1f} {x:.1f} {y - ry:.1f} "
        f"b {x + rx * k:.1f} {y - ry:.1f} {x + rx:.1f} {y - ry * k:.1f} {x + rx:.1f} {y:.1f} "
        f"b {x + rx:.1f} {y + ry * k:.1f} {x + rx * k:.1f} {y + ry:.1f} {x:.1f} {y + ry:.1f} "
        f"b {x - rx * k:.1f} {y + ry:.1f} {x - rx:.1f} {y + ry * k:.1f} {x - rx:.1f} {y:.1f}"
    )


def ring(x, y, outer, inner):
    # The inner circle runs the other way round, so it becomes a hole.
    k = 0.5523 * inner
    hole = (
        f" m {x - inner} {y} b {x - inner} {y + k:.1f} {x - k:.1f} {y + inner} {x} {y + inner}"
        f" b {x + k:.1f} {y + inner} {x + inner} {y + k:.1f} {x + inner} {y}"
        f" b {x + inner} {y - k:.1f} {x + k:.1f} {y - inner} {x} {y - inner}"
        f" b {x - k:.1f} {y - inner} {x - inner} {y - k:.1f} {x - inner} {y}"
    )
    return ellipse(x, y, outer, outer) + hole


def box(x, y, w, h):
    return f"m {x:.1f} {y:.1f} l {x + w:.1f} {y:.1f} {x + w:.1f} {y + h:.1f} {x:.1f} {y + h:.1f}"


def words(text, x, y, size, rgb, font="Noto Sans CJK JP", anchor=5, bold=0, opacity=1.0, more=""):
    head = f"\\an{anchor}\\pos({x},{y})\\fn{font}\\fs{size}\\b{bold}\\bord0\\shad0"
    return f"{{{head}{colour(rgb)}{alpha(opacity)}{more}}}{text}"


def travel(path, rgb, opacity, start, last, origin, target, spin=0.0, fade=(0.0, 0.0), layer=1):
    """Moves a shape in a straight line, across the seam of the loop if need be."""
    pieces = [(start, min(start + last, LOOP), 0.0)]
    if start + last > LOOP:
        pieces.append((0.0, start + last - LOOP, LOOP - start))
    for begin, end, already in pieces:
        share = [(already + part) / last for part in (0.0, end - begin)]
        (x1, y1), (x2, y2) = [
            (origin[0] + (target[0] - origin[0]) * s, origin[1] + (target[1] - origin[1]) * s) for s in share
        ]
        turn = f"\\frz{spin * share[0]:.0f}\\t(\\frz{spin * share[1]:.0f})" if spin else ""
        fade_in = round(1000 * fade[0]) if already == 0 else 0
        fade_out = round(1000 * fade[1]) if end < LOOP or len(pieces) == 1 else 0
        veil = f"\\fad({fade_in},{fade_out})" if fade_in or fade_out else ""
        head = f"\\an7\\move({x1:.1f},{y1:.1f},{x2:.1f},{y2:.1f}){turn}{veil}\\bord0\\shad0"
        show(f"{{{head}{colour(rgb)}{alpha(opacity)}\\p1}}{path}{{\\p0}}", begin, end, layer)


def swing(pivot, degrees, period, phase):
    """A pendulum around `pivot`: quarter swings that slow down outwards and speed up inwards."""
    tags = [f"\\org({pivot[0]},{pivot[1]})\\frz{degrees * math.sin(2 * math.pi * phase):.2f}"]
    step = period / 8
    for index in range(round(LOOP / step)):
        angle = degrees * math.sin(2 * math.pi * (phase + (index + 1) / 8))
        begin, end = round(1000 * index * step), round(1000 * (index + 1) * step)
        tags.append(f"\\t({begin},{end},\\frz{angle:.2f})")
    return "".join(tags)


def draw_waves(palette, top):
    """Seigaiha, the pattern of festival coats: two rows of fans that drift against each other."""
    span = 56
    for row, (rgb, direction) in enumerate(zip(palette["wave"], (1, -1))):
        y = top + row * 22
        for index in range(-3, WIDTH // span + 4):
            x = index * span + (row % 2) * span / 2
            scales = ((28, 1.0, rgb), (20, 0.35, palette["light"]), (17, 1.0, rgb), (10, 0.35, palette["light"]), (7, 1.0, rgb))
            for radius, opacity, tint in scales:
                path = ellipse(0, 0, radius, radius)
                # Two spans in a loop: it ends where it began.
                origin, target = (x, y + 28), (x + direction * 2 * span, y + 28)
                travel(path, tint, opacity * (0.9 if tint == rgb else 0.5), 0.0, LOOP, origin, target, layer=2 + row)


def draw_dial(palette):
    x, y, radius = DIAL
    show(shape(ellipse(x, y, radius + 10, radius + 10), "000000", 0.35, more="\\blur8"), layer=3)
    show(shape(ellipse(x, y, radius, radius), palette["deep"], 0.92), layer=3)
    show(shape(ring(x, y, radius, radius - 5), palette["light"], 0.95), layer=4)
    for tick in range(50):
        angle = 2 * math.pi * tick / 50
        big = tick % 5 == 0
        inner, outer, half = radius - (22 if big else 15), radius - 9, (2.2 if big else 0.9)
        sin, cos = math.sin(angle), math.cos(angle)
        corners = [(inner, -half), (outer, -half), (outer, half), (inner, half)]
        points = [(x + r * sin + w * cos, y - r * cos + w * sin) for r, w in corners]
        path = "m {:.1f} {:.1f} l {:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}".format(*sum(points, ()))
        show(shape(path, palette["light"], 0.95 if big else 0.5), layer=4)
        if big:
            at = (x + (radius - 38) * sin, y - (radius - 38) * cos)
            show(words(str(tick // 5), f"{at[0]:.1f}", f"{at[1]:.1f}", 24, palette["light"], "DejaVu Sans", bold=1), layer=4)
    hand = f"m {x - 4} {y + 20} l {x - 1.8} {y - radius + 14} {x + 1.8} {y - radius + 14} {x + 4} {y + 20}"
    turns = round(LOOP / 10)
    sweep = f"\\org({x},{y})\\t(0,{round(1000 * LOOP)},\\frz{-360 * turns})"
    show(shape(hand, palette["accent"], more=sweep), layer=6)
    show(shape(ellipse(x, y, 8, 8), palette["accent"]), layer=6)
    show(shape(ellipse(x, y, 3, 3), palette["light"]), layer=6)


def draw_seconds(palette):
    x, y = DIAL[0], DIAL[1] + DIAL[2] + 46
    for tenth in range(round(LOOP * 10)):
        text = f"00:{tenth // 10:02}.{tenth % 10}"
        show(words(text, x, y, 50, palette["light"], "DejaVu Sans Mono", bold=1), tenth / 10, (tenth + 1) / 10, layer=6)
    whole = round(LOOP)
    for second in range(whole):
        # One bead a second: how far the loop has come.
        left = 40 + second * (WIDTH - 80) / whole
        bead = ellipse(left + 9.5, 22, 3.6, 3.6)
        show(shape(bead, palette["light"], 0.22), layer=4)
        show(shape(bead, palette["gold"]), second, LOOP, layer=5)


def draw_badge(track, palette):
    show(words(track.upper(), 218, 204, 292, palette["light"], "DejaVu Sans", bold=1,
               more=f"\\shad5\\4c&H000000&{alpha(0.4, 4)}\\blur0.6"), layer=5)
    show(words(palette["hall"], 218, 338, 50, palette["light"], "Noto Serif CJK JP", bold=1), layer=5)
    show(words(palette["hall_en"], 218, 380, 19, palette["gold"], "DejaVu Sans", bold=1, more="\\fsp6"), layer=5)
    show(words("祭  Matsuri Days", 40, 52, 22, palette["light"], anchor=4, bold=1, opacity=0.95), layer=5)
    show(words("デモ番組  demo programme", WIDTH - 40, 52, 18, palette["light"], anchor=6, opacity=0.8), layer=5)


def rope(x):
    return 70 + 7 * math.sin(math.pi * x / WIDTH)


def draw_lanterns(palette):
    line = [(x, rope(x)) for x in range(-2, WIDTH + 8, 6)]
    line += [(x, y + 1.6) for x, y in reversed(line)]
    path = "m {:.1f} {:.1f} l ".format(*line[0]) + " ".join(f"{x:.1f} {y:.1f}" for x, y in line[1:])
    show(shape(path, palette["gold"], 0.6), layer=1)
    xs = [64, 158, 300, 400, 482, 740, 812]
    for index, x in enumerate(xs):
        size = [1.0, 0.8, 0.72, 0.9, 0.7, 0.8, 1.0][index]
        top = 84 + 5 * math.sin(index * 1.9)
        pivot = (x, round(top))
        y = round(top + 44 * size)
        rx, ry = 25 * size, 31 * size
        tilt = swing(pivot, 6 if index % 2 else -5, 4 if index % 3 else 5, index * 0.17)
        show(shape(box(x - 0.7, rope(x), 1.4, top - rope(x)), palette["gold"], 0.6), layer=1)
        show(shape(ellipse(x, y, rx * 1.5, ry * 1.4), palette["gold"], 0.16, more="\\blur12" + tilt), layer=1)
        show(shape(ellipse(x, y, rx, ry), palette["accent"], 0.96, more=tilt), layer=2)
        for rib in (-0.55, -0.2, 0.2, 0.55):
            half = rx * math.sqrt(1 - rib * rib)
            show(shape(box(x - half, y + rib * ry - 0.6, 2 * half, 1.2), palette["deep"], 0.45, more=tilt), layer=2)
        for edge in (-1, 1):
            show(shape(box(x - 10 * size, y + edge * ry - 3 * size, 20 * size, 6 * size), palette["deep"], more=tilt), layer=2)
        show(words("祭", x, y, round(30 * size), palette["light"], "Noto Serif CJK JP", bold=1, more=tilt), layer=3)


def draw_petals(palette, dice):
    petal = "m 0 0 b 3 -6 10 -6 12 0 b 10 4 4 5 0 0"
    for _ in range(34):
        x, last = dice.uniform(-160, WIDTH), dice.uniform(7, 12)
        target = (x + dice.uniform(110, 230), HEIGHT + 20)
        rgb = dice.choice([palette["gold"], palette["light"], palette["accent"]])
        travel(petal, rgb, dice.uniform(0.5, 0.9), dice.uniform(0, LOOP), last, (x, -20), target,
               spin=dice.choice([-1, 1]) * dice.uniform(200, 700), layer=dice.choice([1, 7]))


def draw_fireworks(palette, dice):
    tints = ["FFE9A8", "FF9FB2", "9FE3E0", "B9C8FF", "FFFFFF"]
    spots = [(80, 120), (395, 110), (780, 100), (330, 250), (800, 300), (60, 290), (450, 330), (740, 190)]
    for index in range(16):
        start, (x, y), tint = index * 2.5, spots[index % len(spots)], dice.choice(tints)
        travel(ellipse(0, 0, 2, 3), "FFE9A8", 0.8, start, 0.9, (x, HEIGHT), (x, y), fade=(0.1, 0.1))
        for circle, (count, reach) in enumerate(((20, 74), (12, 44))):
            for spark in range(count):
                angle = 2 * math.pi * (spark + 0.5 * circle) / count
                far = (x + reach * math.cos(angle), y + reach * math.sin(angle) + 9)
                begin = (start + 0.9) % LOOP
                size = 3.1 - 0.7 * circle
                travel(ellipse(0, 0, size, size), tint, 0.95, begin, 1.7, (x, y), far, fade=(0.05, 0.9))


def draw_moon(palette):
    # On the side: words stand in the middle.
    x, y = 676, 150
    for radius, opacity, blur in ((130, 0.07, 36), (90, 0.10, 22), (60, 0.16, 9)):
        show(shape(ellipse(x, y, radius, radius), palette["accent"], opacity, more=f"\\blur{blur}"), layer=1)
    show(shape(ellipse(x, y, 50, 50), palette["accent"], 0.92, more="\\blur1"), layer=1)
    # A thin cloud goes by, once a loop, and comes back from the other side unseen.
    for begin, height, width in ((0.0, 166, 150), (20.0, 134, 110)):
        cloud = ellipse(0, 0, width, 9)
        travel(cloud, palette["deep"], 0.55, begin, LOOP / 2, (-width, height), (WIDTH + width, height), layer=2)


def draw_slow_petals(palette, dice):
    petal = "m 0 0 b 3 -6 10 -6 12 0 b 10 4 4 5 0 0"
    for _ in range(9):
        x, last = dice.uniform(-120, WIDTH), dice.uniform(16, 20)
        target = (x + dice.uniform(90, 180), HEIGHT + 20)
        rgb = dice.choice([palette["gold"], palette["light"]])
        travel(petal, rgb, dice.uniform(0.35, 0.6), dice.uniform(0, LOOP), last, (x, -20), target,
               spin=dice.choice([-1, 1]) * dice.uniform(120, 300), layer=7)


def draw(track):
    palette, dice = PALETTES[track], random.Random(track)
    if track == "slate":
        draw_moon(palette)
        draw_slow_petals(palette, dice)
    elif track == "a":
        draw_lanterns(palette)
        draw_petals(palette, dice)
    else:
        draw_fireworks(palette, dice)
    draw_waves(palette, HEIGHT - 50)
    if track != "slate":
        draw_dial(palette)
        draw_seconds(palette)
        draw_badge(track, palette)
    print(f"""[Script Info]
ScriptType: v4.00+
PlayResX: {WIDTH}
PlayResY: {HEIGHT}
ScaledBorderAndShadow: yes

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: plain,Noto Sans CJK JP,20,&H00FFFFFF,&H00FFFFFF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,0,0,7,0,0,0,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text""")
    print("\n".join(events))


if __name__ == "__main__":
    draw(sys.argv[1])
