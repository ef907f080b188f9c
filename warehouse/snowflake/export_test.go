package snowflake

import (
	"context"
	"time"

	"github.com/snowflakedb/gosnowflake/v2"

	"github.com/eddy-retl/eddy/warehouse"
)

// Claiming has a source's engines lock with claims of some life.
func Claiming(src warehouse.Source, life time.Duration) { src.(*source).claim = life }

// Explain says what a statement's error means, and ExplainLogIn what one of logging in means.
func Explain(number int, message string) error {
	return explain(context.Background(), &gosnowflake.SnowflakeError{Number: number, Message: message})
}

// ExplainLogIn says what an error of logging in means.
func ExplainLogIn(number int, message string) error {
	l := &login{name: "shop", config: gosnowflake.Config{Host: "myorg-shop.snowflakecomputing.com", Port: 443, User: "EDDY", Role: "EDDY"}}
	return l.explainConnect(context.Background(), &gosnowflake.SnowflakeError{Number: number, Message: message})
}

// At counts the lines of a message from where the model begins.
func At(before int, err error) error { return at(before, err) }

// Names that are shown, and written.
var (
	Shown = shown
	Quote = quote
)

// Does gives what a model's SQL calls that does more than read.
func Does(sql string) string { return does(sql) }
