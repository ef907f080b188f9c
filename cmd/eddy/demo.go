package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/destination/xaudience"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/sandbox"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
)

func (m *Main) demo() *cobra.Command {
	var serve bool
	var keep string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "A sample warehouse, the sandbox and two syncs, explained on screen",
		Long: `Demo makes a sample DuckDB warehouse, starts the sandbox, mirrors a table into an
audience, changes the warehouse, and mirrors again. It needs no account and no
configuration, and leaves nothing behind unless --dir keeps it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			dir := keep
			if dir == "" {
				if dir, err = os.MkdirTemp("", "eddy-demo-"); err != nil {
					return err
				}
				defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
			} else if err := os.MkdirAll(dir, 0o700); err != nil {
				return err
			}
			d := &demo{Main: m, dir: dir, kept: keep != ""}
			return d.run(cmd.Context(), serve)
		},
	}
	cmd.Flags().BoolVar(&serve, "serve", false, "leave the sandbox open, and a server with the sample on it")
	cmd.Flags().StringVar(&keep, "dir", "", "make the sample in this `folder` and keep it")
	return cmd
}

// demo is one showing.
type demo struct {
	*Main
	dir  string
	kept bool
	url  string
	box  *sandbox.Server
	step int
}

// demoRows is the size of the sample: enough to need more than one look, quick to make.
const demoRows = 20_000

const demoConfig = `# The configuration that "eddy demo" runs. The four X values are the sandbox's.
sources:
  shop:
    type: duckdb
    path: shop.duckdb
destinations:
  x:
    type: x_audience
    account_id: 18ce54d4x5t
    consumer_key: ck
    consumer_secret: cs
    access_token: at
    access_token_secret: ats
    default_region: US
    api_url: %s
connections:
  vip:
    source: shop
    table: main.customers
    destination: x
    audience: {create: {name: VIP, description: "Customers of the sample shop"}}
    sync_mode: mirror
    identifier: customer_id
    mapping: {email: email, phone_number: phone}
`

func (d *demo) run(ctx context.Context, serve bool) error {
	if err := d.warehouse(ctx, demoTable()); err != nil {
		return err
	}
	stop, err := d.sandbox(ctx)
	if err != nil {
		return err
	}
	defer stop()
	d.title("A warehouse and an X Ads account")
	d.say("%s customers in a DuckDB file, table main.customers. Some are not clean:\n"+
		"  record 7 has no usable e-mail or phone, 11 and 12 share an e-mail in different\n"+
		"  spelling, 13 appears twice with different e-mails, 14 has only a broken phone.", number(demoRows))
	d.say("The X account is the sandbox: the X Ads API at %s.", d.url)
	path := filepath.Join(d.dir, "eddy.yaml")
	if err := os.WriteFile(path, fmt.Appendf(nil, demoConfig, d.url), 0o600); err != nil {
		return err
	}
	if err := d.first(ctx, path); err != nil {
		return err
	}
	if err := d.second(ctx, path); err != nil {
		return err
	}
	d.next(path)
	if serve {
		return d.serve(ctx)
	}
	return nil
}

func (d *demo) title(text string) {
	d.step++
	fmt.Fprintf(d.Stdout, "\n%s\n", d.paint(bold, fmt.Sprintf("%d. %s", d.step, text)))
}

func (d *demo) say(format string, args ...any) {
	fmt.Fprintf(d.Stdout, "  "+format+"\n", args...)
}

// demoTable makes the sample customers.
func demoTable() []string {
	return []string{
		"DROP TABLE IF EXISTS customers",
		fmt.Sprintf(`CREATE TABLE customers AS SELECT i AS customer_id, 'customer' || i || '@example.com' AS email,
		   CASE WHEN i %% 2 = 0 THEN '+1415555' || lpad((i %% 10000)::VARCHAR, 4, '0') END AS phone FROM range(1, %d) t(i)`, demoRows),
		"UPDATE customers SET email = 'not an address', phone = NULL WHERE customer_id = 7",
		"UPDATE customers SET email = 'family@example.com' WHERE customer_id = 11",
		"UPDATE customers SET email = ' Family@Example.com' WHERE customer_id = 12",
		"UPDATE customers SET email = NULL, phone = '12' WHERE customer_id = 14",
		"INSERT INTO customers VALUES (13, 'another13@example.com', NULL)",
	}
}

// warehouse runs statements on the sample file, as a user's own tools would.
func (d *demo) warehouse(ctx context.Context, statements []string) error {
	return duckdb.Write(ctx, filepath.Join(d.dir, "shop.duckdb"), statements...)
}

func (d *demo) sandbox(ctx context.Context) (func(), error) {
	d.box = sandbox.New(sandbox.Default())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	srv := &http.Server{Handler: d.box, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = srv.Serve(l) }()
	d.url = "http://" + l.Addr().String()
	return func() { _ = srv.Shutdown(context.WithoutCancel(ctx)) }, nil
}

func (d *demo) first(ctx context.Context, path string) error {
	d.title("The first sync: eddy sync vip")
	run, err := d.syncOnce(ctx, path)
	if err != nil {
		return err
	}
	d.printRun(run, false)
	d.say("The audience was made, and holds %s identities (SHA-256 digests of e-mails and", number(int64(len(d.box.Members(run.AudienceID)))))
	d.say("phone numbers). What cannot be sent is named above, so the run is not simply green.")
	return nil
}

func (d *demo) second(ctx context.Context, path string) error {
	d.title("The warehouse changes")
	d.say("Customer 1 gets another e-mail, 2 and 11 are deleted, 20000 is new.")
	err := d.warehouse(ctx, []string{
		"UPDATE customers SET email = 'ada@example.com' WHERE customer_id = 1",
		"DELETE FROM customers WHERE customer_id IN (2, 11)",
		"INSERT INTO customers VALUES (20000, 'new@example.com', '+14155550123')",
	})
	if err != nil {
		return err
	}
	d.title("The second sync: only what changed")
	run, err := d.syncOnce(ctx, path)
	if err != nil {
		return err
	}
	d.printRun(run, false)
	d.title("What became of each record: eddy logs vip")
	if err := d.showLogs(ctx, path, run.RunID); err != nil {
		return err
	}
	d.title("Is the audience exact?")
	return d.prove(run.AudienceID)
}

// prove looks up in the sandbox what the story promised.
func (d *demo) prove(audience string) error {
	members := d.box.Members(audience)
	for _, c := range []struct {
		email string
		in    bool
		why   string
	}{
		{"customer1@example.com", false, "the old e-mail of customer 1 left"},
		{"ada@example.com", true, "the new one is in"},
		{"customer2@example.com", false, "customer 2 was deleted"},
		{"family@example.com", true, "customer 11 was deleted, and 12 has the same e-mail: it stays"},
		{"new@example.com", true, "customer 20000 is new"},
	} {
		digest, err := emailDigest(c.email)
		if err != nil {
			return err
		}
		in := slices.Contains(members, "email:"+digest)
		mark, not := d.paint(green, "yes"), ""
		if in != c.in {
			mark = d.paint(red, "NO")
		}
		if !in {
			not = "not "
		}
		d.say("%s  %-22s is %sin the audience: %s", mark, c.email, not, c.why)
		if in != c.in {
			return eddy.Errorf(eddy.CodeInternal, "the audience is not exact")
		}
	}
	return nil
}

func (d *demo) syncOnce(ctx context.Context, path string) (run eddy.Run, err error) {
	err = d.withJob(ctx, &common{file: path}, nil, false, func(job sync.Job) (err error) {
		run, err = sync.Run(ctx, job)
		return err
	})
	return run, err
}

func (d *demo) showLogs(ctx context.Context, path, run string) error {
	return d.withHistory(ctx, &common{file: path}, nil, func(conn eddy.Connection, e warehouse.Engine) error {
		f := ledger.LogFilter{Run: run, Limit: 20}
		return d.printLogs(&common{}, f, false, func(each func(eddy.LogEntry) error) error {
			return ledger.Logs(ctx, e, conn.Name, f, each)
		})
	})
}

func (d *demo) next(path string) {
	d.title("Your own data")
	if d.kept {
		d.say("The sample stays in %s: try  eddy plan -f %s", d.dir, path)
	} else {
		d.say("eddy demo --dir sample  keeps the warehouse and eddy.yaml to play with;")
		d.say("eddy demo --serve       shows the same on the web page of a server.")
	}
	d.say("The README leads from a CSV file to PostgreSQL and a real X account.")
}

// emailDigest is an e-mail address as X knows it.
func emailDigest(email string) (string, error) {
	p, err := xaudience.NewPreparer(true, "")
	if err != nil {
		return "", err
	}
	values := make([]string, len(xaudience.Kind().Fields))
	values[0] = email
	var out destination.Prepared
	p.Prepare(values, &out)
	if len(out.Identities) != 1 {
		return "", eddy.Errorf(eddy.CodeInternal, "%s", out.Invalid)
	}
	return string(out.Identities[0].Value), nil
}
