// Centrifuge, the Go library inside Centrifugo, with its Redis broker:
//
//	centrifuge PORT REDIS_PORT      the key of the tokens in BENCH_KEY
//
// Every frame goes through Redis, also to the sockets beside the sender: its broker knows no other way.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/centrifugal/centrifuge"
	"github.com/golang-jwt/jwt"
	"github.com/google/uuid"
)

// person is what a token says of its holder.
type person struct {
	Email string `json:"email"`
	Name  string `json:"name"`
	Tutor string `json:"tutor"`
	jwt.RegisteredClaims
}

type report struct {
	Type            string      `json:"type"`
	Status          string      `json:"status"`
	SessionID       string      `json:"session_id"`
	CurrentSentence string      `json:"current_sentence"`
	Progress        json.Number `json:"progress"`
}

type student struct {
	Email           string      `json:"student_email"`
	Status          string      `json:"status"`
	CurrentSentence string      `json:"current_sentence"`
	Progress        json.Number `json:"progress"`
	LastUpdate      string      `json:"last_update"`
	Name            string      `json:"student_name"`
	SessionID       string      `json:"session_id"`
	Online          bool        `json:"online"`
	Version         int64       `json:"version"`
}

type update struct {
	Type   string  `json:"type"`
	Action string  `json:"action"`
	Tutor  string  `json:"target_tutor_email"`
	Data   student `json:"data"`
}

type welcome struct {
	Type      string `json:"type"`
	Email     string `json:"user_email"`
	Timestamp string `json:"timestamp"`
}

type personKey struct{}

var (
	key         = []byte(os.Getenv("BENCH_KEY"))
	parser      = jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}))
	statuses    = map[string]bool{"studying": true, "idle": true, "paused": true, "finished": true}
	invalid     = []byte(`{"type":"message_error","code":"INVALID_MESSAGE"}`)
	errNoStatus = errors.New("not a status")
)

func wire(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

func holderOf(token string) (*person, error) {
	me := &person{}
	_, err := parser.ParseWithClaims(token, me, func(*jwt.Token) (interface{}, error) { return key, nil })
	return me, err
}

// connect verifies the token of the first command and subscribes everybody to the channel of their own address.
func connect(ctx context.Context, event centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
	me, err := holderOf(event.Token)
	if err != nil {
		return centrifuge.ConnectReply{}, centrifuge.DisconnectInvalidToken
	}
	data, err := json.Marshal(welcome{"connection_success", me.Email, wire(time.Now())})
	return centrifuge.ConnectReply{
		Context:       context.WithValue(ctx, personKey{}, me),
		Credentials:   &centrifuge.Credentials{UserID: me.Email},
		Data:          data,
		Subscriptions: map[string]centrifuge.SubscribeOptions{me.Email: {}},
	}, err
}

// updateOf makes the frame for a tutor's dashboards of a student's status.
func updateOf(me *person, text []byte) ([]byte, error) {
	var given report
	if err := json.Unmarshal(text, &given); err != nil {
		return nil, err
	}
	if given.Type != "status" || !statuses[given.Status] || given.Progress == "" {
		return nil, errNoStatus
	}
	now := time.Now()
	return json.Marshal(update{"dashboard", "update", me.Tutor, student{
		Email:           me.Email,
		Status:          given.Status,
		CurrentSentence: given.CurrentSentence,
		Progress:        given.Progress,
		LastUpdate:      wire(now),
		Name:            me.Name,
		SessionID:       given.SessionID,
		Online:          true,
		Version:         now.UnixNano() / 1000,
	}})
}

// feedbackFrom reads a tutor's request; it returns for whom the frame is, and the frame.
func feedbackFrom(me *person, request *http.Request) (string, []byte, error) {
	frame := map[string]interface{}{}
	if err := json.NewDecoder(request.Body).Decode(&frame); err != nil {
		return "", nil, err
	}
	to, _ := frame["student_email"].(string)
	frame["type"], frame["from"] = "feedback", me.Email
	frame["timestamp"], frame["message_id"] = wire(time.Now()), uuid.NewString()
	text, err := json.Marshal(frame)
	return to, text, err
}

func answerFeedback(node *centrifuge.Node) http.HandlerFunc {
	return func(response http.ResponseWriter, request *http.Request) {
		me, err := holderOf(strings.TrimPrefix(request.Header.Get("Authorization"), "Bearer "))
		if err != nil {
			http.Error(response, "INVALID_CREDENTIALS", http.StatusUnauthorized)
			return
		}
		to, text, err := feedbackFrom(me, request)
		if err != nil {
			http.Error(response, err.Error(), http.StatusBadRequest)
			return
		}
		if _, err := node.Publish(to, text); err != nil {
			http.Error(response, err.Error(), http.StatusServiceUnavailable)
			return
		}
		response.Header().Set("Content-Type", "application/json")
		response.WriteHeader(http.StatusCreated)
		_, _ = response.Write(text)
	}
}

// listenTo passes on what a client reports, once it is connected.
func listenTo(node *centrifuge.Node) centrifuge.ConnectHandler {
	return func(client *centrifuge.Client) {
		me := client.Context().Value(personKey{}).(*person)
		client.OnMessage(func(event centrifuge.MessageEvent) {
			frame, err := updateOf(me, event.Data)
			if err != nil {
				_ = client.Send(invalid)
				return
			}
			if _, err := node.Publish(me.Tutor, frame); err != nil {
				log.Println("not published:", err)
			}
		})
	}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	port, redisPort := os.Args[1], os.Args[2]
	configuration := centrifuge.DefaultConfig
	configuration.LogLevel = centrifuge.LogLevelError
	configuration.LogHandler = func(entry centrifuge.LogEntry) { log.Println(entry.Message, entry.Fields) }
	node, err := centrifuge.New(configuration)
	must(err)
	shard, err := centrifuge.NewRedisShard(node, centrifuge.RedisShardConfig{Address: "127.0.0.1:" + redisPort})
	must(err)
	broker, err := centrifuge.NewRedisBroker(node, centrifuge.RedisBrokerConfig{Shards: []*centrifuge.RedisShard{shard}})
	must(err)
	node.SetBroker(broker)
	node.OnConnecting(connect)
	node.OnConnect(listenTo(node))
	must(node.Run())
	http.Handle("/ws/", centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{}))
	http.HandleFunc("/api/tutor/feedback", answerFeedback(node))
	must(http.ListenAndServe("127.0.0.1:"+port, nil))
}
