import { Select, Stack, Text } from '@mantine/core';

import type { Column } from '../../api/schema.gen';
import { visible } from '../../components/visible';

interface Props {
  label: string;
  columns: Column[];
  value: string | null;
  onChange: (column: string) => void;
  error?: string | undefined;
}

/** ColumnSelect chooses a column by its name, beside its type and a few of its values. */
export function ColumnSelect({ label, columns, value, onChange, error }: Props) {
  const of = (name: string | null) => columns.find((c) => c.name === name);
  const told = (c: Column | undefined) =>
    c
      ? [c.type.toLowerCase(), c.samples.slice(0, 2).map(visible).join(', ')].filter(Boolean).join(' · ')
      : '';
  return (
    <Select
      label={label}
      placeholder="Choose a column"
      description={told(of(value)) || undefined}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      searchable
      allowDeselect={false}
      data={columns.map((c) => ({ value: c.name, label: visible(c.name) }))}
      renderOption={({ option }) => (
        <Stack gap={0} miw={0}>
          <Text size="sm">{option.label}</Text>
          <Text size="xs" c="dimmed" truncate>
            {told(of(option.value))}
          </Text>
        </Stack>
      )}
      value={value}
      onChange={(name) => name && onChange(name)}
      error={error}
    />
  );
}
