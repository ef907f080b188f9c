package xads

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/dghubble/oauth1"
)

// signing makes an HTTP client that signs each request it sends with a nonce and
// time of its own. A JSON body is not part of the signature (X docs, Creating a
// signature: only form bodies are).
func signing(c Credentials, base *http.Client) *http.Client {
	config := oauth1.NewConfig(c.ConsumerKey, c.ConsumerSecret)
	config.Noncer = oauth1.HexNoncer{} // X describes the nonce as alphanumeric
	return signingWith(config, oauth1.NewToken(c.AccessToken, c.AccessTokenSecret), base)
}

func signingWith(config *oauth1.Config, token *oauth1.Token, base *http.Client) *http.Client {
	// The library takes its base transport from the context, by its own convention.
	ctx := context.WithValue(context.Background(), oauth1.HTTPClient, base)
	return &http.Client{
		Transport:     oauth1.NewClient(ctx, config, token).Transport,
		Jar:           base.Jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// transport differs from net/http's default in one point: the default keeps two idle
// connections to a host, which would make parallel senders dial over and over.
func transport() *http.Transport {
	dialer := &net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          128,
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   15 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}
