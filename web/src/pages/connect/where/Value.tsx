import { Autocomplete, NumberInput, Select, TagsInput, TextInput } from '@mantine/core';

import type { Operator } from './conditions';

interface Props {
  label: string;
  operand: Operator['operand'];
  /** samples are a few values of the column, for whoever may see them. */
  samples: string[];
  value: unknown;
  onChange: (value: unknown) => void;
}

const width = { flex: '1 1 160px', maw: 240 };

/** Value asks for what a column is compared with. */
export function Value({ label, operand, samples, value, onChange }: Props) {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  switch (operand) {
    case 'yes':
    case 'empty': {
      const [yes, no] = operand === 'yes' ? ['yes', 'no'] : ['no', 'yes'];
      return (
        <Select
          aria-label={label}
          data={[
            { value: 'true', label: yes },
            { value: 'false', label: no },
          ]}
          value={String(value === true || value === 'true')}
          allowDeselect={false}
          onChange={(v) => onChange(v === 'true')}
          w={100}
        />
      );
    }
    case 'days':
      return (
        <NumberInput
          aria-label={label}
          value={text}
          onChange={onChange}
          min={0}
          max={36_500}
          allowDecimal={false}
          w={110}
        />
      );
    case 'number':
      return (
        <NumberInput
          aria-label={label}
          value={text}
          onChange={onChange}
          maxLength={28}
          {...width}
          maw={160}
        />
      );
    case 'day':
      return (
        <TextInput
          aria-label={label}
          type={text.length > 10 ? 'text' : 'date'}
          value={text}
          onChange={(e) => onChange(e.currentTarget.value)}
          {...width}
        />
      );
    case 'texts':
    case 'numbers':
      return (
        <TagsInput
          aria-label={label}
          placeholder="One and Enter"
          data={samples}
          value={Array.isArray(value) ? value.map(String) : []}
          onChange={onChange}
          acceptValueOnBlur
          flex="1 1 200px"
          maw={320}
        />
      );
    default:
      return (
        <Autocomplete
          aria-label={label}
          data={samples}
          value={text}
          onChange={onChange}
          maxLength={1000}
          {...width}
        />
      );
  }
}
