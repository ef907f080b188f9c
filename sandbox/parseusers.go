package sandbox

// users reads the people of an operation.
func (p *parser) users() error {
	if p.null() {
		p.fault(missing("users", "users is required"))
		return nil
	}
	if p.peek() != '[' {
		p.fault(invalid("users", "users is not a valid Seq"))
		_, err := p.skip()
		return err
	}
	err := p.array(p.user)
	p.out.users += p.op.users
	if p.op.users == 0 {
		p.fault(missing("users", "users is empty"))
	}
	return err
}

// user reads one person: an object whose values are lists of strings.
func (p *parser) user() error {
	p.op.users++
	if p.peek() != '{' {
		p.fault(invalid("users", "Expected an object"))
		_, err := p.skip()
		return err
	}
	var keys seen
	named := false
	err := p.object(func(key []byte) error {
		f := fieldNamed(key)
		if f == noField {
			return p.other(key)
		}
		return p.once(&keys, int(f), key, func() error {
			some, err := p.values(f)
			named = named || some
			return err
		})
	})
	if !named {
		p.fault(missing("users", "A user has no identifier"))
	}
	return err
}

// nth is the number in the body of the user that is being read.
func (p *parser) nth() int32 { return int32(p.out.users + p.op.users) }

// values reads the list of one field. It says whether there was anything in it, right
// or wrong, so that one mistake is told once.
func (p *parser) values(f field) (some bool, err error) {
	if p.null() {
		return false, nil
	}
	if p.peek() != '[' {
		p.fault(invalid(f.String(), "%s is not a valid Seq", f))
		_, err := p.skip()
		return true, err
	}
	err = p.array(func() error {
		some = true
		return p.identity(f)
	})
	return some, err
}

// identity reads one value of a field.
func (p *parser) identity(f field) error {
	if p.peek() != '"' {
		p.fault(invalid(f.String(), "Expected a string"))
		_, err := p.skip()
		return err
	}
	if f != partnerUserID {
		raw, err := p.raw()
		if err != nil {
			return err
		}
		if d, ok := parseDigest(raw, p.upperHex); ok {
			p.at += len(raw) + 2
			p.out.identities = append(p.out.identities, identity{digest: d, field: f, user: p.nth()})
			return nil
		}
	}
	text, err := p.text()
	if err != nil {
		return err
	}
	return p.unusual(f, text)
}

// unusual takes a value that is no digest as it stands in the body.
func (p *parser) unusual(f field, text []byte) error {
	if len(text) == 0 {
		p.fault(invalid(f.String(), "%s is empty", f))
		return nil
	}
	if f == partnerUserID {
		p.out.texts = append(p.out.texts, string(text))
		p.out.identities = append(p.out.identities, identity{text: int32(len(p.out.texts)), field: f, user: p.nth()})
		return nil
	}
	if d, ok := parseDigest(text, p.upperHex); ok { // written with escapes
		p.out.identities = append(p.out.identities, identity{digest: d, field: f, user: p.nth()})
		return nil
	}
	p.out.unmatched++
	if p.digests == DigestsStrict {
		p.fault(p.withValue(invalid(f.String(), "%s is not a valid SHA-256 hash", f), text))
	}
	return nil
}

// seen marks the keys of one object by number.
type seen [noField]bool

// once reads the value of a key that may come once. JSON leaves open what a second one
// means, so it is refused rather than guessed at.
func (p *parser) once(keys *seen, number int, key []byte, read func() error) error {
	if keys[number] {
		p.fault(invalid(string(key), "The key comes twice"))
		_, err := p.skip()
		return err
	}
	keys[number] = true
	return read()
}

// other passes over a key that X does not document.
func (p *parser) other(key []byte) error {
	if len(p.out.unknown) < maxUnknown && p.unknown != KeysIgnore {
		p.out.unknown = append(p.out.unknown, string(key[:min(len(key), 40)]))
	}
	if p.unknown == KeysReject {
		p.fault(invalid("", "An unknown key was sent"))
	}
	_, err := p.skip()
	return err
}

// fault notes an error of the operation at hand.
func (p *parser) fault(e apiError) {
	if len(p.op.errors) < maxErrors {
		p.op.errors = append(p.op.errors, e)
	}
}

// refuse notes an error of the request.
func (p *parser) refuse(e apiError) { p.out.errors = append(p.out.errors, e) }

// withValue adds the offending value where the configuration wants X's indiscretion.
func (p *parser) withValue(e apiError, value []byte) apiError {
	if p.echo {
		e.Value = string(value)
	}
	return e
}
