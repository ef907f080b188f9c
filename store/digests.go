package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/eddy-retl/eddy"
)

// MostDigests is how many digests all uploaded lists have together: each run is handed all of them.
const MostDigests = 1_000_000

// Upload is what is done to an uploaded list.
type Upload struct {
	List string
	// Digests are added, or with Replace take the place of what is there.
	Digests eddy.Digests
	Replace bool
}

type digestsOf struct {
	field, digests string
}

// Digests are those of an uploaded list, by field.
func (s *Store) Digests(ctx context.Context, list string) (eddy.Digests, error) {
	return readDigests(ctx, s.conn(), list)
}

func readDigests(ctx context.Context, c conn, list string) (eddy.Digests, error) {
	rows, err := all(ctx, c, func(row scanner) (d digestsOf, err error) {
		err = row.Scan(&d.field, &d.digests)
		return d, err
	}, "SELECT field, digests FROM eddy_digests WHERE list = ?", list)
	if err != nil {
		return nil, fmt.Errorf("read suppression %s: %w", list, err)
	}
	out := eddy.Digests{}
	for _, r := range rows {
		if out[r.field], err = base64.StdEncoding.DecodeString(r.digests); err != nil {
			return nil, fmt.Errorf("read suppression %s: %w", list, err)
		}
	}
	return out, nil
}

// Upload changes what an uploaded list has, and gives the list as it is then.
func (s *Store) Upload(ctx context.Context, u Upload, ifVersion int64, by Actor) (out Object, err error) {
	list := Ref{Suppression, u.List}
	err = s.change(ctx, nil, func(c conn) error {
		old, err := s.object(ctx, c, list)
		if err != nil {
			return err
		}
		if err := versionFits(old.String(), true, old.Version, ifVersion); err != nil {
			return err
		}
		if !IsUpload(old) {
			return &eddy.Error{Code: eddy.CodeUsage, What: old.String() + " lies in a source: nothing is uploaded to it", Mend: "Change the table, or make another list."}
		}
		digests, err := u.together(ctx, c)
		if err != nil {
			return err
		}
		if err := writeDigests(ctx, c, u.List, digests); err != nil {
			return err
		}
		if err := fits(ctx, c); err != nil {
			return err
		}
		if err := u.note(ctx, c, digests, by); err != nil {
			return err
		}
		out, err = s.object(ctx, c, list)
		return err
	})
	return out, err
}

// together is what the list has afterwards: each digest once, in order.
func (u Upload) together(ctx context.Context, c conn) (eddy.Digests, error) {
	out := eddy.Digests{}
	if !u.Replace {
		var err error
		if out, err = readDigests(ctx, c, u.List); err != nil {
			return nil, err
		}
	}
	for field, added := range u.Digests {
		each := slices.Collect(slices.Chunk(slices.Concat(out[field], added), sha256.Size))
		slices.SortFunc(each, bytes.Compare)
		out[field] = bytes.Join(slices.CompactFunc(each, bytes.Equal), nil)
	}
	return out, nil
}

// note makes the upload a change of its list: numbers, and nothing of what was uploaded.
func (u Upload) note(ctx context.Context, c conn, now eddy.Digests, by Actor) error {
	if _, err := c.exec(ctx, "UPDATE eddy_objects SET version = version + 1, updated_at = ? WHERE kind = ? AND name = ?", micro(atOnce()), Suppression, u.List); err != nil {
		return err
	}
	if _, err := c.next(ctx, "revision"); err != nil {
		return err
	}
	detail, err := json.Marshal(map[string]int{"identities": now.Len()})
	if err != nil {
		return err
	}
	action := "upload"
	if now.Len() == 0 {
		action = "clear"
	}
	return note(ctx, c, Audit{Actor: by, Action: action, Kind: string(Suppression), Name: u.List, Detail: detail})
}

func writeDigests(ctx context.Context, c conn, list string, digests eddy.Digests) error {
	if _, err := c.exec(ctx, "DELETE FROM eddy_digests WHERE list = ?", list); err != nil {
		return fmt.Errorf("write suppression %s: %w", list, err)
	}
	for field, all := range digests {
		if len(all) == 0 {
			continue
		}
		_, err := c.exec(ctx, "INSERT INTO eddy_digests (list, field, number, digests) VALUES (?, ?, ?, ?)", list, field, len(all)/sha256.Size, base64.StdEncoding.EncodeToString(all))
		if err != nil {
			return fmt.Errorf("write suppression %s: %w", list, err)
		}
	}
	return nil
}

// fits refuses more digests than runs are handed.
func fits(ctx context.Context, c conn) error {
	n, err := one(ctx, c, plain[int64], "SELECT CAST(COALESCE(SUM(number), 0) AS BIGINT) FROM eddy_digests")
	if err != nil || n <= MostDigests {
		return err
	}
	return &eddy.Error{
		Code: eddy.CodeUsage, What: fmt.Sprintf("the uploaded lists of this server would have %s identities, and %s are the most", eddy.Thousands(n), eddy.Thousands(MostDigests)),
		Mend: "Put the list into a table of the warehouse, and make a list of that.",
	}
}

// IsUpload says that an object is a list that was uploaded. One whose upload is null is not.
func IsUpload(o Object) bool {
	var spec map[string]json.RawMessage
	if o.Kind != Suppression || json.Unmarshal(o.Spec, &spec) != nil {
		return false
	}
	upload, is := spec["upload"]
	return is && string(upload) != "null"
}

// keepsUpload refuses to lose what was uploaded to a list by making it one of a source.
func keepsUpload(ctx context.Context, c conn, o Object) error {
	if o.Kind != Suppression || IsUpload(o) {
		return nil
	}
	n, err := one(ctx, c, plain[int64], "SELECT count(*) FROM eddy_digests WHERE list = ?", o.Name)
	if err != nil || n == 0 {
		return err
	}
	return &eddy.Error{
		Code: eddy.CodeConflict, What: o.String() + " has identities that were uploaded, which it would lose",
		Mend: "Choose another name for the list in a source, or clear the uploaded one first.",
	}
}

// Uploads count the identities of uploaded lists, by name.
func (s *Store) Uploads(ctx context.Context) (map[string]int64, error) {
	type count struct {
		list string
		n    int64
	}
	counts, err := all(ctx, s.conn(), func(row scanner) (n count, err error) {
		err = row.Scan(&n.list, &n.n)
		return n, err
	}, "SELECT list, CAST(SUM(number) AS BIGINT) FROM eddy_digests GROUP BY list")
	if err != nil {
		return nil, fmt.Errorf("count uploads: %w", err)
	}
	out := map[string]int64{}
	for _, n := range counts {
		out[n.list] = n.n
	}
	return out, nil
}

// OptOutTime is how long an opt-out may wait to be carried out, where an alert does not say.
const OptOutTime = 24 * time.Hour

// Waiting is a connection and since when it has lists to carry out.
type Waiting struct {
	Connection string
	// Done is when its last run began that carried lists out: it ended well, and left nobody whom it
	// was to remove. Zero where none did.
	Done time.Time
	// Begun is when its first run began; zero where none ever did, and nobody was sent.
	Begun time.Time
	// Since is the first change of a list after Done, or else after Begun; zero where there is none.
	Since time.Time
}

// May is since when anybody may wait whom a list in a source has, which nobody sees come: since such
// lists were carried out last, or else since the first run began. Zero where nobody was sent.
func (w Waiting) May() time.Time {
	if !w.Done.IsZero() {
		return w.Done
	}
	return w.Begun
}

// Waiting tells since when changes of lists wait to be carried out, by connection. A run that
// began before a change did not know of it. What it goes by is kept when runs are forgotten.
func (s *Store) Waiting(ctx context.Context) ([]Waiting, error) {
	out, err := all(ctx, s.conn(), func(row scanner) (w Waiting, err error) {
		var done, begun, since int64
		err = row.Scan(&w.Connection, &done, &begun, &since)
		w.Done, w.Begun, w.Since = moment(done), moment(begun), moment(since)
		return w, err
	}, `SELECT d.name, d.done, d.begun, COALESCE((SELECT min(a.at) FROM eddy_audit a WHERE d.begun > 0 AND a.kind = 'suppression' AND a.action IN ('create', 'update', 'upload')
	            AND a.at > CASE WHEN d.done > 0 THEN d.done ELSE d.begun END AND EXISTS (SELECT 1 FROM eddy_objects l WHERE l.kind = 'suppression' AND l.name = a.name)), 0)
	    FROM (SELECT o.name, COALESCE(m.carried_out, 0) AS done, COALESCE(m.first_run, 0) AS begun
	        FROM eddy_objects o LEFT JOIN eddy_marks m ON m.connection = o.name WHERE o.kind = 'connection') d ORDER BY d.name`)
	if err != nil {
		return nil, fmt.Errorf("read which lists wait: %w", err)
	}
	return out, nil
}
