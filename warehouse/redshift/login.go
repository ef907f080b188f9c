package redshift

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/redshift"
	"github.com/aws/aws-sdk-go-v2/service/redshiftserverless"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
)

// The methods of logging in.
const (
	database   = "database"
	iam        = "iam"
	serverless = "serverless"
)

// logIns are the options of logging in by AWS's own accounts.
func logIns() []eddy.Option {
	return []eddy.Option{
		{Name: "method", Kind: eddy.TextOption, Part: eddy.PlacePart, Default: database, Choices: []string{database, iam, serverless}, Help: "How to log in: with user and password of the database, or with an identity of AWS at a cluster (iam) or a workgroup (serverless), for which AWS gives a password that lives for 15 minutes."},
		{Name: "cluster_id", Kind: eddy.TextOption, Part: eddy.PlacePart, Example: "shop", Help: "The cluster, with the method iam.", With: eddy.With{Option: "method", Values: []string{iam}}},
		{Name: "workgroup", Kind: eddy.TextOption, Part: eddy.PlacePart, Example: "shop", Help: "The workgroup, with the method serverless.", With: eddy.With{Option: "method", Values: []string{serverless}}},
		{Name: "region", Kind: eddy.TextOption, Part: eddy.PlacePart, Example: "eu-west-1", Help: "The region of AWS, with the methods iam and serverless.", With: eddy.With{Option: "method", Values: []string{iam, serverless}}},
		{Name: "iam_profile", Kind: eddy.TextOption, Part: eddy.PlacePart, Example: "shop", Help: "A profile of ~/.aws. Without it and without a key, AWS's usual places say who it is. Not on a server.", With: eddy.With{Option: "method", Values: []string{iam, serverless}}, Unserved: true},
		{Name: "access_key_id", Kind: eddy.TextOption, Part: eddy.PlacePart, Example: "AKIA...", Help: "An access key of AWS; a server needs one for the methods iam and serverless.", With: eddy.With{Option: "method", Values: []string{iam, serverless}}},
		{Name: "secret_access_key", Kind: eddy.TextOption, Part: eddy.SecretPart, Example: "${AWS_SECRET_ACCESS_KEY}", Help: "The key's secret half.", With: eddy.With{Option: "method", Values: []string{iam, serverless}}},
		{Name: "role_arn", Kind: eddy.TextOption, Part: eddy.PlacePart, Example: "arn:aws:iam::123456789012:role/eddy", Help: "A role to take on before.", With: eddy.With{Option: "method", Values: []string{iam, serverless}}},
	}
}

func method(o map[string]string) string { return cmp.Or(o["method"], database) }

func wrong(what, mend string) error {
	return &eddy.Error{Code: eddy.CodeConfig, What: what, Mend: mend}
}

// methodOf refuses options that do not fit the method of logging in. On a server nothing of its
// machine says who it is: no profile, no variable, no role of the machine.
func methodOf(src eddy.Source) error {
	o := src.Options
	if method(o) == database {
		return nil
	}
	needed := "cluster_id"
	if method(o) == serverless {
		needed = "workgroup"
	}
	for _, name := range []string{needed, "region"} {
		if o[name] == "" {
			return wrong(name+" is missing", "The method "+method(o)+" needs it.")
		}
	}
	switch {
	case o["password"] != "":
		return wrong("password is for the method database", "Take it out: AWS gives a password for each connection.")
	case o["url"] == "" && o["database"] == "":
		return wrong("database is missing", "The method "+method(o)+" needs it.")
	case o["access_key_id"] != "" && o["iam_profile"] != "":
		return wrong("access_key_id and iam_profile are two identities", "Give one of them.")
	case src.Served && o["iam_profile"] != "":
		return wrong("iam_profile is not taken on a server: it would have the server use an identity of its machine", "Give access_key_id and secret_access_key.")
	case src.Served && o["access_key_id"] == "":
		return wrong("access_key_id is missing", "On a server nothing comes from its environment: give access_key_id and secret_access_key.")
	default:
		return nil
	}
}

// logIn asks AWS for a user and a password.
type logIn func(ctx context.Context) (user, password string, err error)

// newLogIn is how a source logs in; nil with user and password of its options.
func newLogIn(ctx context.Context, src eddy.Source) (logIn, error) {
	o := src.Options
	if method(o) == database {
		return nil, nil //nolint:nilnil // there is nothing to ask for
	}
	way := dial.Of(src.Dialer)
	// This client lets AWS_CA_BUNDLE add authorities, as AWS's own tools do.
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.DialContext, t.Proxy = way.DialContext, way.Proxy })
	cfg, err := identity(ctx, src, client)
	if err != nil {
		return nil, &eddy.Error{Code: eddy.CodeConfig, What: "source " + src.Name + ": the identity of AWS cannot be read", Err: err, Mend: "Check iam_profile, and the files of ~/.aws."}
	}
	if role := o["role_arn"]; role != "" {
		cfg.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), role, func(a *stscreds.AssumeRoleOptions) { a.RoleSessionName = "eddy" }))
	}
	if method(o) == serverless {
		api := redshiftserverless.NewFromConfig(cfg)
		return func(ctx context.Context) (string, string, error) {
			out, err := api.GetCredentials(ctx, &redshiftserverless.GetCredentialsInput{WorkgroupName: aws.String(o["workgroup"]), DbName: optional(o["database"])})
			if err != nil {
				return "", "", explainLogIn(ctx, "redshift-serverless:GetCredentials", "workgroup "+o["workgroup"], o["region"], err)
			}
			return aws.ToString(out.DbUser), aws.ToString(out.DbPassword), nil
		}, nil
	}
	api := redshift.NewFromConfig(cfg)
	return func(ctx context.Context) (string, string, error) {
		out, err := api.GetClusterCredentialsWithIAM(ctx, &redshift.GetClusterCredentialsWithIAMInput{ClusterIdentifier: aws.String(o["cluster_id"]), DbName: optional(o["database"])})
		if err != nil {
			return "", "", explainLogIn(ctx, "redshift:GetClusterCredentialsWithIAM", "cluster "+o["cluster_id"], o["region"], err)
		}
		return aws.ToString(out.DbUser), aws.ToString(out.DbPassword), nil
	}, nil
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// identity is who Eddy is to AWS. With a key nothing of the machine takes part.
func identity(ctx context.Context, src eddy.Source, client aws.HTTPClient) (aws.Config, error) {
	o := src.Options
	var key aws.CredentialsProvider
	if o["access_key_id"] != "" {
		key = credentials.NewStaticCredentialsProvider(o["access_key_id"], o["secret_access_key"], "")
	}
	if src.Served {
		return aws.Config{Region: o["region"], Credentials: key, HTTPClient: client}, nil
	}
	with := []func(*config.LoadOptions) error{config.WithRegion(o["region"]), config.WithHTTPClient(client)}
	if o["iam_profile"] != "" {
		with = append(with, config.WithSharedConfigProfile(o["iam_profile"]))
	}
	if key != nil {
		with = append(with, config.WithCredentialsProvider(key))
	}
	return config.LoadDefaultConfig(ctx, with...)
}

// explainLogIn says why AWS gives no password. Its own messages name the identity and what it
// lacks, and no secret.
func explainLogIn(ctx context.Context, action, what, region string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if refused, ok := errors.AsType[*dial.Refused](err); ok {
		return refused
	}
	e := &eddy.Error{Code: eddy.CodeSource, What: "AWS gives no password for " + what, Err: err}
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		e.What += ": it was not asked, because there is no identity, or it cannot be reached"
		e.Mend = "Give iam_profile, or access_key_id and secret_access_key; check region " + region + " and the way to AWS."
		return e
	}
	e.What, e.Err = fmt.Sprintf("%s: %s (%s)", e.What, api.ErrorMessage(), api.ErrorCode()), nil
	switch code := strings.TrimSuffix(api.ErrorCode(), "Exception"); code {
	case "AccessDenied", "UnauthorizedOperation":
		e.Mend = "Let the identity do " + action + " (with role_arn also sts:AssumeRole), in its policy."
	case "ClusterNotFound", "ClusterNotFoundFault", "ResourceNotFound":
		e.Mend = "Check cluster_id or workgroup, and region: it is " + region + "."
	case "InvalidClientTokenId", "UnrecognizedClient", "SignatureDoesNotMatch", "ExpiredToken", "ExpiredTokenFault", "InvalidSignature":
		e.Mend = "Check the access key, or log in to AWS again (aws sso login)."
	case "Throttling", "ThrottlingFault", "ServiceUnavailable":
		e.Mend = "AWS is busy; run again later."
	default:
		e.Mend = "See AWS's message; it is about " + action + "."
	}
	return e
}
