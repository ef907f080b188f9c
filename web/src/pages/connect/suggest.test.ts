import { describe, expect, it } from 'vitest';

import type { Column, Field } from '../../api/schema.gen';
import { doubt, identifiers, looksLike, personal, shape, suggest } from './suggest';

const fields: Field[] = [
  'email',
  'phone_number',
  'device_id',
  'twitter_id',
  'partner_user_id',
  'handle',
  'effective_at',
  'expires_at',
].map((name) => ({ name, help: '', identity: !name.endsWith('_at') }));

function column(name: string, ...samples: string[]): Column {
  return { name, type: 'VARCHAR', samples };
}

const email = column('contact', 'ada@example.com', 'bob@example.org');
const phone = column('Mobile', '+1 415 555 2671', '(030) 123456');

function mapped(...columns: Column[]): Record<string, string> {
  return Object.fromEntries(suggest(fields, columns).map((f) => [f.field, f.text]));
}

describe('suggestions', () => {
  it('go by the names of columns, however they are written', () => {
    expect(
      mapped(
        column('customerId', '1'),
        column('E-Mail'),
        column('phoneNumber'),
        column('IDFA'),
        column('x_user_id'),
        column('TwitterHandle'),
        column('membership_expires_on'),
      ),
    ).toEqual({
      email: 'E-Mail',
      phone_number: 'phoneNumber',
      device_id: 'IDFA',
      twitter_id: 'x_user_id',
      handle: 'TwitterHandle',
      expires_at: 'membership_expires_on',
    });
  });

  it('go by values where no name tells', () => {
    expect(mapped(column('id', '1'), email, column('reach', '+14155552671'))).toEqual({
      email: 'contact',
      phone_number: 'reach',
    });
  });

  it('prefer the exact name, and use a column once', () => {
    expect(mapped(column('work_email'), column('email'), column('email_opt_in', 'true'))).toEqual({
      email: 'email',
    });
  });

  it('pass by a column whose values say otherwise, and guess nothing from nothing', () => {
    expect(
      mapped(column('email', 'yes', 'no'), column('total', '12.50'), column('created_at', '2026-01-01')),
    ).toEqual({});
  });

  it('are the same for somebody who sees masked values', () => {
    const masked = (c: Column) => ({ ...c, samples: c.samples.map(shape) });
    expect(mapped(masked(email), masked(phone))).toEqual(mapped(email, phone));
    expect(mapped(email, phone)).toEqual({ email: 'contact', phone_number: 'Mobile' });
  });
});

describe('doubt', () => {
  it('is told where values do not look like the field', () => {
    expect(doubt('email', phone)).toBe('The sample values of Mobile do not look like e-mail addresses.');
    expect(doubt('phone_number', column('p', '2026-01-01 00:00:00'))).toContain('phone numbers');
    expect(doubt('expires_at', column('t', 'tomorrow'))).toContain('times');
    expect(doubt('email', column('e', 'a@example.com', 'none', 'unknown'))).toContain('Some sample values');
  });

  it('is not told without reason', () => {
    expect(doubt('email', email)).toBe('');
    expect(doubt('phone_number', phone)).toBe('');
    expect(doubt('partner_user_id', phone)).toBe('');
    expect(doubt('email', column('empty'))).toBe('');
    expect(doubt('email', undefined)).toBe('');
  });

  it('takes digests and lists for what they are', () => {
    const sha = 'a1'.repeat(32);
    expect(looksLike('email', [sha, sha.toUpperCase()])).toBe(1);
    expect(looksLike('phone_number', ['0x'.repeat(20) + '…'])).toBe(1);
    expect(looksLike('email', ['a@example.com, b@example.com'])).toBe(1);
    expect(looksLike('device_id', ['6D92078A-8246-4BA4-AE5B-76104861E7DC'])).toBe(1);
    expect(looksLike('twitter_id', ['12'])).toBe(1);
    expect(looksLike('twitter_id', ['twelve'])).toBe(0);
    expect(looksLike('effective_at', ['2026-01-01', '2026-01-01T10:00:00Z', '2026-01-01 10:00:00'])).toBe(1);
  });
});

describe('identifiers', () => {
  it('come with keys first and what people are known by last', () => {
    const columns = [
      column('email', 'a@example.com'),
      column('name'),
      column('customer_id'),
      column('order_key'),
    ];
    expect(identifiers(columns, 'crm.customers').map((c) => c.name)).toEqual([
      'customer_id',
      'order_key',
      'name',
      'email',
    ]);
    expect(identifiers([column('uuid'), column('company_id')], 'Companies')[0]?.name).toBe('company_id');
  });

  it('that hold personal data are known', () => {
    expect(personal(email)).toBe(true);
    expect(personal(phone)).toBe(true);
    expect(personal(column('customer_id', '17'))).toBe(false);
  });
});
