import { Code, Table, Text } from '@mantine/core';

import type { Option } from '../api/schema.gen';
import { labelOf, mask, optionIn, textOption, typeLabel, type OptionValues } from './options';

/** OptionList shows the options that are set. */
export function OptionList({ spec, options }: { spec: OptionValues; options: Option[] }) {
  const set = options.filter((o) => optionIn(spec, o.name) !== undefined && optionIn(spec, o.name) !== '');
  return (
    <Table variant="vertical" layout="fixed" highlightOnHover={false} withRowBorders>
      <Table.Tbody>
        <Table.Tr>
          <Table.Th w={170}>Type</Table.Th>
          <Table.Td>{typeLabel(textOption(spec.type))}</Table.Td>
        </Table.Tr>
        {set.map((o) => (
          <Table.Tr key={o.name}>
            <Table.Th>{labelOf(o.name)}</Table.Th>
            <Table.Td>
              <Value value={optionIn(spec, o.name)} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Value({ value }: { value: unknown }) {
  if (value === mask)
    return (
      <Text span size="sm">
        <Code>{mask}</Code>{' '}
        <Text span c="dimmed" inherit>
          stored as a secret
        </Text>
      </Text>
    );
  if (Array.isArray(value)) return value.map(textOption).join(', ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return (
    <Text span size="sm" className="wrapped">
      {textOption(value)}
    </Text>
  );
}
