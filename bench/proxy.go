// A peer of the bench where Go is installed: the reverse proxy of Go's standard library with kept-alive connections
// to one upstream, each write passed on at once.
//
//	go run bench/proxy.go -port 8080 -upstream http://127.0.0.1:9000
package main

import (
	"flag"
	"fmt"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
)

func main() {
	port := flag.Int("port", 8080, "port on loopback")
	upstream := flag.String("upstream", "", "origin of the upstream")
	flag.Parse()
	target, err := url.Parse(*upstream)
	if err != nil {
		log.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(request *httputil.ProxyRequest) {
			request.SetURL(target)
			request.Out.Header.Set("Authorization", "Bearer sk-fake-upstream")
		},
		Transport:     &http.Transport{MaxIdleConns: 1024, MaxIdleConnsPerHost: 1024, DisableCompression: true},
		FlushInterval: -1,
	}
	log.Fatal(http.ListenAndServe(fmt.Sprintf("127.0.0.1:%d", *port), proxy))
}
