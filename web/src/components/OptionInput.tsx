import {
  Code,
  MultiSelect,
  PasswordInput,
  Select,
  Switch,
  TagsInput,
  Textarea,
  TextInput,
} from '@mantine/core';

import type { Option } from '../api/schema.gen';
import { boolOption, labelOf, listOption, mask, numberMistake, textOption } from './options';

interface Props {
  option: Option;
  value: unknown;
  /** onChange gets undefined where the option is to have its default. */
  onChange: (value: unknown) => void;
  error?: string | undefined;
  /** stored says that the server keeps a secret for it. */
  stored?: boolean;
  readOnly?: boolean;
}

/** OptionInput is the input for one option of a source or destination. */
export function OptionInput({ option: o, value, onChange, error, stored = false, readOnly = false }: Props) {
  const common = {
    label: labelOf(o.name),
    description: <Help text={o.help} />,
    error,
    disabled: readOnly,
    name: o.name,
  };
  const placeholder = o.default || (o.example ? `such as ${o.example}` : undefined);
  const choices = o.choices ?? [];

  if (o.kind === 'lines')
    return (
      <Textarea
        {...common}
        withAsterisk={o.required}
        autoComplete="off"
        spellCheck={false}
        autosize
        minRows={2}
        maxRows={8}
        placeholder={stored ? 'Stored. Leave it empty to keep it.' : placeholder}
        value={value === mask ? '' : textOption(value)}
        onChange={(e) => onChange(e.currentTarget.value || (stored ? mask : undefined))}
      />
    );
  if (o.secret)
    return (
      <PasswordInput
        {...common}
        withAsterisk={o.required}
        autoComplete="new-password"
        placeholder={stored ? 'Stored. Leave it empty to keep it.' : placeholder}
        value={value === mask ? '' : textOption(value)}
        onChange={(e) => onChange(e.currentTarget.value || (stored ? mask : undefined))}
      />
    );
  if (o.kind === 'bool')
    return (
      <Switch
        {...common}
        checked={boolOption(value, o.default)}
        onChange={(e) => onChange(e.currentTarget.checked)}
      />
    );
  if (o.kind === 'list' && choices.length > 0)
    return (
      <MultiSelect
        {...common}
        withAsterisk={o.required}
        data={choices}
        placeholder={listOption(value).length === 0 ? placeholder : undefined}
        value={listOption(value)}
        onChange={(list) => onChange(list.length > 0 ? list : undefined)}
      />
    );
  if (o.kind === 'list')
    return (
      <TagsInput
        {...common}
        withAsterisk={o.required}
        placeholder={listOption(value).length === 0 ? placeholder : undefined}
        value={listOption(value)}
        onChange={(list) => onChange(list.length > 0 ? list : undefined)}
        acceptValueOnBlur
      />
    );
  if (choices.length > 0)
    return (
      <Select
        {...common}
        withAsterisk={o.required}
        data={choices}
        clearable={!o.required}
        placeholder={o.default ?? 'Choose one'}
        value={textOption(value) || null}
        onChange={(choice) => onChange(choice ?? undefined)}
      />
    );
  // An input that took digits alone would make 5432 of what was meant as 54 or 32.
  if (o.kind === 'number' || o.kind === 'port')
    return (
      <TextInput
        {...common}
        error={error ?? numberMistake(o, value)}
        withAsterisk={o.required}
        inputMode="numeric"
        placeholder={placeholder}
        value={textOption(value)}
        onChange={(e) => onChange(numberOption(e.currentTarget.value))}
      />
    );
  return (
    <TextInput
      {...common}
      withAsterisk={o.required}
      placeholder={placeholder}
      value={textOption(value)}
      onChange={(e) => onChange(e.currentTarget.value || undefined)}
    />
  );
}

/** numberOption is what was typed as a number, or as it was typed where it is none. */
function numberOption(typed: string): unknown {
  const text = typed.trim();
  return text === '' ? undefined : /^\d{1,15}$/.test(text) ? Number(text) : typed;
}

/** Help writes what stands between backticks as code. */
function Help({ text }: { text: string }) {
  return text.split('`').map((part, i) =>
    i % 2 === 1 ? (
      <Code key={i} fz="inherit">
        {part}
      </Code>
    ) : (
      part
    ),
  );
}
