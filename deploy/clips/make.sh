#!/usr/bin/env bash
# Makes matsuri/clips/{a,b}.flv, the programmes that `matsuri demo` publishes in a loop, and slate.flv, what viewers see
# while nobody sends.
#
# Needs ffmpeg with libass, python3, and the fonts DejaVu and Noto CJK; only whoever changes the clips needs them.
# H.264 main (the slate: baseline) without B-frames, a key frame every 2 s, 30 frames/s; AAC stereo. The loop is 40 s: 20 groups of pictures
# and 1,875 frames of sound, so that neither has a seam.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$here/../../matsuri/clips
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$out"

readonly loop=40 rate=30 size=854x480
# Petals cost more than sparks; both files stay below 1.4 MB.
declare -A quality=([a]=29 [b]=27 [slate]=30)
declare -A profile=([a]=main [b]=main [slate]=baseline)
declare -A sky=([a]='c0=0x2A0A12:c1=0xB23A26' [b]='c0=0x070D24:c1=0x2A5C9E' [slate]='c0=0x0B1020:c1=0x39406E')

[ $# -gt 0 ] || set -- a b slate
for track in "$@"; do
    echo "== clip $track"
    python3 "$here/draw.py" "$track" >"$scratch/$track.ass"
    ffmpeg -hide_banner -loglevel error -y \
        -f lavfi -i "gradients=s=$size:r=$rate:d=$loop:n=2:${sky[$track]}:x0=427:y0=0:x1=427:y1=479:seed=1:speed=0.00001" \
        -vf "ass=$scratch/$track.ass,format=yuv420p" -t "$loop" \
        -c:v libx264 -profile:v "${profile[$track]}" -level 3.1 -preset veryslow -tune animation -bf 0 -refs 2 \
        -g $((2 * rate)) -keyint_min $((2 * rate)) -sc_threshold 0 -crf "${quality[$track]}" \
        -maxrate 420k -bufsize 840k -color_primaries bt709 -color_trc bt709 -colorspace bt709 \
        "$scratch/$track.h264"
    python3 "$here/play.py" "$track" |
        ffmpeg -hide_banner -loglevel error -i - -c:a aac -b:a 64k -f adts - |
        python3 "$here/middle.py" >"$scratch/$track.aac"
    ffmpeg -hide_banner -loglevel error -y -r "$rate" -i "$scratch/$track.h264" -i "$scratch/$track.aac" \
        -c copy -map_metadata -1 -fflags +bitexact -flvflags +no_sequence_end+no_duration_filesize \
        -f flv "$out/$track.flv"
    ls -l "$out/$track.flv"
done
