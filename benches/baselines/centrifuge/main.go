// The baseline for chat fan-out: centrifuge, the engine inside Centrifugo, with JSON over websockets and the delay for
// gathering messages that our hub has.
//
//	centrifuge LISTEN    prints "ready ws://…"; POST /publish sends the body to the channel "room" and keeps it in the
//	                     channel's history, because ours keeps a ring too.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/centrifugal/centrifuge"
)

const (
	channel      = "room"
	tick         = 100 * time.Millisecond
	frameMax     = 256
	historySize  = 512
	historyTTL   = 5 * time.Minute
	bodyBytesMax = 64 * 1024
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: centrifuge LISTEN")
	}
	node, err := centrifuge.New(centrifuge.Config{LogLevel: centrifuge.LogLevelError})
	if err != nil {
		log.Fatal(err)
	}
	node.OnConnecting(func(context.Context, centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		return centrifuge.ConnectReply{
			Credentials:        &centrifuge.Credentials{},
			WriteDelay:         tick,
			MaxMessagesInFrame: frameMax,
		}, nil
	})
	node.OnConnect(func(client *centrifuge.Client) {
		client.OnSubscribe(func(_ centrifuge.SubscribeEvent, reply centrifuge.SubscribeCallback) {
			reply(centrifuge.SubscribeReply{
				Options: centrifuge.SubscribeOptions{EnableRecovery: true, EnablePositioning: true},
			}, nil)
		})
	})
	if err := node.Run(); err != nil {
		log.Fatal(err)
	}
	http.Handle("/connection/websocket", centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{
		CheckOrigin:        func(*http.Request) bool { return true },
		UseWriteBufferPool: true,
	}))
	http.HandleFunc("/publish", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, bodyBytesMax))
		if err == nil {
			_, err = node.Publish(channel, body, centrifuge.WithHistory(historySize, historyTTL))
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("ready ws://%s/connection/websocket\n", listener.Addr())
	log.Fatal(http.Serve(listener, nil))
}
