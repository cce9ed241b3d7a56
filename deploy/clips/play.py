"""Plays the sound of one of the demo's programmes: slow plucked strings in a five-tone scale, as a WAV on stdout.

The buffer is a circle of one loop, so what rings on at its end is heard at its beginning; it is written three times,
because an encoder needs a run-up before it is in its steady state (make.sh keeps the middle).
"""

import array
import math
import random
import sys
import wave

RATE = 48_000
LOOP = 40
SIZE = RATE * LOOP
BEAT = 1.25  # seconds; 32 beats in a loop

# Steps of the scale in semitones over the base: bright (yo) for a, dusky (in) for b.
SCALES = {"a": ([0, 2, 5, 7, 9], 220.0), "b": ([0, 1, 5, 7, 8], 174.61), "slate": ([0, 2, 5, 7, 9], 146.83)}
# One entry per half beat of eight beats: a step, or a rest.
PHRASES = {
    "a": [0, None, 2, None, 4, None, 3, 2, 5, None, 4, None, 2, None, None, None],
    # Sparse: whoever hears it waits.
    "slate": [0, None, None, None, None, None, 3, None, None, None, None, None, 2, None, None, None],
    "b": [5, None, None, 4, 3, None, None, None, 2, None, 4, None, 1, None, 0, None],
}


def frequency(track, step):
    steps, base = SCALES[track]
    octave, place = divmod(step, len(steps))
    return base * 2 ** (octave + steps[place] / 12)


def pluck(left, right, at, hertz, loudness, pan, dice):
    """Karplus and Strong's string: noise in a loop that loses its edges."""
    length = int(RATE / hertz)
    string = [dice.uniform(-1, 1) for _ in range(length)]
    for _ in range(3):  # a soft finger, not a plectrum
        string = [(string[i - 1] + string[i]) / 2 for i in range(length)]
    total = int(RATE * 4.5)
    start = int(at * RATE)
    loud_left, loud_right = loudness * math.cos(pan * math.pi / 2), loudness * math.sin(pan * math.pi / 2)
    index, previous = 0, string[-1]
    for sample in range(total):
        value = string[index]
        string[index] = 0.9965 * (0.5 * value + 0.5 * previous)
        previous = value
        fade = min(1.0, sample / 120) * min(1.0, (total - sample) / 4000)
        place = (start + sample) % SIZE
        left[place] += value * loud_left * fade
        right[place] += value * loud_right * fade
        index = index + 1 if index + 1 < length else 0


def hum(left, right, hertz, loudness):
    """A quiet low tone that breathes; whole cycles fit the loop, so it has no seam."""
    cycles = round(hertz * LOOP)
    for sample in range(SIZE):
        turn = 2 * math.pi * sample / SIZE
        breath = 0.6 + 0.4 * math.sin(turn * 5)
        value = loudness * breath * (math.sin(turn * cycles) + 0.35 * math.sin(turn * cycles * 2))
        left[sample] += value
        right[sample] += value


def play(track):
    dice = random.Random("sound " + track)
    left, right = array.array("d", bytes(8 * SIZE)), array.array("d", bytes(8 * SIZE))
    hum(left, right, frequency(track, 0) / 2, 0.035)
    phrase = PHRASES[track]
    for place in range(round(LOOP / BEAT * 2)):
        step = phrase[place % len(phrase)]
        if step is None:
            continue
        # Every second time round the phrase answers itself a little higher.
        if place // len(phrase) % 2 and place % 4 == 0:
            step += 2
        at = place * BEAT / 2 + dice.uniform(0, 0.02)
        pluck(left, right, at, frequency(track, step), dice.uniform(0.5, 0.75), dice.uniform(0.3, 0.7), dice)
        if place % 8 == 0:
            pluck(left, right, at, frequency(track, 0) / 2, 0.6, 0.5, dice)
    peak = max(max(map(abs, left)), max(map(abs, right)))
    # Quiet on purpose: it is there to be noticed, not to be listened to.
    scale = 32767 * (0.16 if track == "slate" else 0.42) / peak
    samples = array.array("h", bytes(4 * SIZE))
    samples[0::2] = array.array("h", (round(value * scale) for value in left))
    samples[1::2] = array.array("h", (round(value * scale) for value in right))
    with wave.open(sys.stdout.buffer, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.setnframes(3 * SIZE)
        for _ in range(3):
            out.writeframesraw(samples.tobytes())


if __name__ == "__main__":
    play(sys.argv[1])
