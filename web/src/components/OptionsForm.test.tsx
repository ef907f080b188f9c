import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';

import type { Option } from '../api/schema.gen';
import {
  labelOf,
  mask,
  missingOptions,
  optionErrors,
  optionIn,
  withOption,
  wrongOptions,
  type OptionValues,
} from './options';
import { OptionsForm } from './OptionsForm';
import { Problem } from '../api/client';

function option(part: Partial<Option> & Pick<Option, 'name'>): Option {
  return {
    kind: 'text',
    required: false,
    secret: false,
    part: 'place',
    help: `help of ${part.name}`,
    ...part,
  };
}

const options = [
  option({ name: 'method', default: 'token', choices: ['token', 'key'] }),
  option({ name: 'token', secret: true, part: 'secret', with: { option: 'method', values: ['token'] } }),
  option({ name: 'key', secret: true, part: 'secret', with: { option: 'method', values: ['key'] } }),
  option({ name: 'role', with: { option: 'method', values: ['token', 'key'] } }),
  option({ name: 'url', secret: true, part: 'whole' }),
  option({ name: 'account_id', required: true, example: '18ce' }),
  option({ name: 'password', secret: true, part: 'secret' }),
  option({ name: 'hash', kind: 'bool', default: 'true' }),
  option({ name: 'port', kind: 'port' }),
  option({ name: 'skip', kind: 'number' }),
];

const told = vi.fn<(values: OptionValues) => void>();

function Form({ begin, stored }: { begin: OptionValues; stored?: OptionValues }) {
  const [values, setValues] = useState(begin);
  return (
    <MantineProvider>
      <OptionsForm
        options={options}
        values={values}
        onChange={(next) => {
          told(next);
          setValues(next);
        }}
        errors={{ port: 'not a port' }}
        {...(stored ? { stored } : {})}
      />
    </MantineProvider>
  );
}

const type = (label: RegExp | string, value: string) =>
  fireEvent.change(screen.getByLabelText(label), { target: { value } });

describe('a form of options', () => {
  afterEach(cleanup);

  it('writes what was filled in, and leaves out what was emptied', () => {
    render(<Form begin={{ type: 'x', later: 1 }} />);
    type(/Account ID/, 'abc');
    type(/Port/, '5432');
    expect(told).toHaveBeenLastCalledWith({ type: 'x', later: 1, account_id: 'abc', port: 5432 });
    type(/Account ID/, '');
    expect(told).toHaveBeenLastCalledWith({ type: 'x', later: 1, port: 5432 });
  });

  it('keeps what is no number as it was typed, and says so at its field', () => {
    render(<Form begin={{}} />);
    type(/Skip/, '5x4');
    expect(told).toHaveBeenLastCalledWith({ skip: '5x4' });
    expect(screen.getByText('Write a whole number of at least 0.')).toBeTruthy();
    type(/Skip/, '54');
    expect(told).toHaveBeenLastCalledWith({ skip: 54 });
    expect(screen.queryByText('Write a whole number of at least 0.')).toBeNull();
  });

  it.each(['abc', '0', '65536', '-1', '54.5', '5 4', '1e3'])('%s is no port', (port) =>
    expect(wrongOptions(options, { port })).toEqual({ port: 'A port is a number from 1 to 65535.' }),
  );

  it.each([undefined, '', 1, '5432', 65535])('%s is a port, or none', (port) =>
    expect(wrongOptions(options, { port })).toEqual({}),
  );

  it('shows defaults, and writes one that was chosen', () => {
    render(<Form begin={{}} />);
    const toggle = screen.getByRole<HTMLInputElement>('switch');
    expect(toggle.checked).toBe(true);
    fireEvent.click(toggle);
    expect(told).toHaveBeenLastCalledWith({ hash: false });
  });

  it('keeps a secret that the server has unless another is typed', () => {
    render(<Form begin={{ password: mask }} stored={{ password: mask }} />);
    const secret = screen.getByLabelText<HTMLInputElement>('Password');
    expect(secret.value).toBe('');
    expect(secret.placeholder).toContain('Stored');
    type('Password', 'new');
    expect(told).toHaveBeenLastCalledWith({ password: 'new' });
    type('Password', '');
    expect(told).toHaveBeenLastCalledWith({ password: mask });
  });

  it('takes a URL for what is new, and shows its parts of what is stored', () => {
    render(<Form begin={{}} />);
    type('URL', 'postgres://u:p@h/d');
    expect(told).toHaveBeenLastCalledWith({ url: 'postgres://u:p@h/d' });
    cleanup();
    render(<Form begin={{ port: 1, password: mask }} stored={{ port: 1, password: mask }} />);
    expect(screen.queryByLabelText('URL')).toBeNull();
    expect(screen.getByLabelText<HTMLInputElement>(/Port/).value).toBe('1');
    cleanup();
    render(<Form begin={{ url: mask }} stored={{ url: mask }} />);
    expect(screen.getByLabelText('URL')).toBeTruthy();
  });

  it('asks for what goes with the chosen way to log in, and sends nothing else', () => {
    render(<Form begin={{ token: 't', role: 'r' }} />);
    expect(screen.getByLabelText('Token')).toBeTruthy();
    expect(screen.queryByLabelText('Key')).toBeNull();
    fireEvent.click(screen.getByRole('combobox', { name: /Method/ }));
    fireEvent.click(screen.getByRole('option', { name: 'key' }));
    expect(told).toHaveBeenLastCalledWith({ method: 'key', role: 'r' });
    expect(screen.queryByLabelText('Token')).toBeNull();
    expect(screen.getByLabelText('Key')).toBeTruthy();
  });

  it('tells what is wrong at its field', () => {
    render(<Form begin={{}} />);
    expect(screen.getByLabelText(/Port/).getAttribute('aria-invalid')).toBe('true');
    expect(screen.getByText('not a port')).toBeTruthy();
  });
});

describe('options', () => {
  it('are named for people', () => {
    expect(labelOf('account_id')).toBe('Account ID');
    expect(labelOf('api_url')).toBe('API URL');
    expect(labelOf('access_token_secret')).toBe('Access token secret');
  });

  it('that are required have a value', () => {
    expect(Object.keys(missingOptions(options, {}))).toEqual(['account_id']);
    expect(Object.keys(missingOptions(options, { account_id: ' ' }))).toEqual(['account_id']);
    expect(missingOptions(options, { account_id: 'a' })).toEqual({});
  });

  it('of a group are in it', () => {
    const set = withOption({ path: 'a' }, 'csv.skip', 2);
    expect(set).toEqual({ path: 'a', csv: { skip: 2 } });
    expect(optionIn(set, 'csv.skip')).toBe(2);
    expect(optionIn(set, 'csv.quote')).toBeUndefined();
    expect(withOption(set, 'csv.skip', undefined)).toEqual({ path: 'a' });
    expect(labelOf('csv.skip')).toBe('CSV skip');
  });

  it('get the mistakes that the server found in them', () => {
    const problem = new Problem(
      {
        detail: '2 mistakes',
        errors: [
          { pointer: '/spec/port', detail: 'is no number', mend: 'write one' },
          { pointer: '/spec/csv/skip', detail: 'is no number' },
          { pointer: '/spec/files/0', detail: 'is empty' },
          { key: 'connections.vip', detail: 'elsewhere' },
        ],
      },
      422,
    );
    expect(optionErrors(problem)).toEqual({
      port: 'is no number; write one',
      'csv.skip': 'is no number',
      files: 'is empty',
    });
    expect(optionErrors(null)).toEqual({});
  });
});
