// The baseline for blocking playlist reloads: gohlslib, the LL-HLS engine of MediaMTX, fed with the clip that the
// bench publishes to us, looped and paced by its time stamps.
//
//	gohlslib CLIP.flv LISTEN    prints "ready http://…/video1_stream.m3u8" once there is something to reload
//
// Segments and parts are as long as ours.
package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/bluenviron/gohlslib/v2"
	"github.com/bluenviron/gohlslib/v2/pkg/codecs"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
)

const (
	segmentDuration = 2 * time.Second
	partDuration    = 333 * time.Millisecond
	segmentCount    = 7 // its default, and the fewest it allows
	videoClock      = 90000
)

// A frame of the clip. Times are milliseconds.
type frame struct {
	video bool
	dts   int64
	pts   int64
	data  []byte
}

type clip struct {
	sps, pps []byte
	audio    *mpeg4audio.AudioSpecificConfig
	frames   []frame
	length   int64
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: gohlslib CLIP.flv LISTEN")
	}
	source, err := read(os.Args[1])
	if err != nil {
		log.Fatalf("%s: %v", os.Args[1], err)
	}
	video := &gohlslib.Track{Codec: &codecs.H264{SPS: source.sps, PPS: source.pps}, ClockRate: videoClock}
	tracks := []*gohlslib.Track{video}
	var audio *gohlslib.Track
	if source.audio != nil {
		audio = &gohlslib.Track{
			Codec:     &codecs.MPEG4Audio{Config: *source.audio},
			ClockRate: source.audio.SampleRate,
		}
		tracks = append(tracks, audio)
	}
	muxer := &gohlslib.Muxer{
		Tracks:             tracks,
		SegmentCount:       segmentCount,
		SegmentMinDuration: segmentDuration,
		PartMinDuration:    partDuration,
	}
	if err := muxer.Start(); err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(muxer.Handle)}
	go func() { log.Fatal(server.Serve(listener)) }()
	fmt.Printf("ready http://%s/video1_stream.m3u8\n", listener.Addr())
	if err := feed(muxer, source, video, audio); err != nil {
		log.Fatal(err)
	}
}

// feed sends the clip again and again on one clock, each frame when it is due.
func feed(muxer *gohlslib.Muxer, source *clip, video, audio *gohlslib.Track) error {
	start := time.Now()
	for round := int64(0); ; round++ {
		offset := round * source.length
		for _, f := range source.frames {
			due := start.Add(time.Duration(offset+f.dts) * time.Millisecond)
			time.Sleep(time.Until(due))
			var err error
			if f.video {
				err = muxer.WriteH264(video, due, (offset+f.pts)*videoClock/1000, accessUnit(source, f))
			} else {
				pts := (offset + f.pts) * int64(source.audio.SampleRate) / 1000
				err = muxer.WriteMPEG4Audio(audio, due, pts, [][]byte{f.data})
			}
			if err != nil {
				return err
			}
		}
	}
}

const nalIDR = 5

// accessUnit splits a frame into its NAL units; key frames get the parameter sets, which FLV keeps apart.
func accessUnit(source *clip, f frame) [][]byte {
	var units [][]byte
	for data := f.data; len(data) >= 4; {
		size := int(binary.BigEndian.Uint32(data))
		if size > len(data)-4 {
			break
		}
		unit := data[4 : 4+size]
		if size > 0 {
			if unit[0]&0x1f == nalIDR && (len(units) == 0 || units[0][0]&0x1f != 7) {
				units = append([][]byte{source.sps, source.pps}, units...)
			}
			units = append(units, unit)
		}
		data = data[4+size:]
	}
	return units
}

var errClip = errors.New("not an FLV file with H.264 pictures")

// read takes the tags of an FLV file.
func read(path string) (*clip, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(file) < 13 || string(file[:3]) != "FLV" {
		return nil, errClip
	}
	source := &clip{}
	var lastVideo, videoStep int64
	for file = file[13:]; len(file) >= 15; {
		size := int(file[1])<<16 | int(file[2])<<8 | int(file[3])
		dts := int64(file[7])<<24 | int64(file[4])<<16 | int64(file[5])<<8 | int64(file[6])
		if size+15 > len(file) {
			break
		}
		payload := file[11 : 11+size]
		switch {
		case file[0] == 9 && size > 5 && payload[0]&0x0f == 7:
			if payload[1] == 0 {
				err = source.pictures(payload[5:])
			} else if payload[1] == 1 {
				cts := int64(int32(uint32(payload[2])<<24|uint32(payload[3])<<16|uint32(payload[4])<<8) >> 8)
				source.frames = append(source.frames, frame{video: true, dts: dts, pts: dts + cts, data: payload[5:]})
				if dts > lastVideo {
					videoStep = dts - lastVideo
				}
				lastVideo = dts
			}
		case file[0] == 8 && size > 2 && payload[0]>>4 == 10:
			if payload[1] == 0 {
				source.audio = &mpeg4audio.AudioSpecificConfig{}
				err = source.audio.Unmarshal(payload[2:])
			} else {
				source.frames = append(source.frames, frame{dts: dts, pts: dts, data: payload[2:]})
			}
		}
		if err != nil {
			return nil, err
		}
		file = file[15+size:]
	}
	if source.sps == nil || len(source.frames) == 0 {
		return nil, errClip
	}
	source.length = lastVideo + videoStep
	return source, nil
}

// pictures reads the first parameter sets of an AVC decoder configuration record.
func (c *clip) pictures(record []byte) error {
	if len(record) < 8 {
		return errClip
	}
	spsEnd := 8 + int(binary.BigEndian.Uint16(record[6:]))
	if len(record) < spsEnd+3 {
		return errClip
	}
	ppsEnd := spsEnd + 3 + int(binary.BigEndian.Uint16(record[spsEnd+1:]))
	if len(record) < ppsEnd {
		return errClip
	}
	c.sps, c.pps = record[8:spsEnd], record[spsEnd+3:ppsEnd]
	return nil
}
