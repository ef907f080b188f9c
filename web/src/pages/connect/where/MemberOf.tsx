import { Group, Select } from '@mantine/core';

import type { Condition } from './conditions';
import { Remove } from './GroupOf';

interface Props {
  /** others are the connections that can be asked about. */
  others: string[];
  value: Condition;
  onChange: (c: Condition) => void;
  remove: () => void;
}

/** MemberOf asks whether somebody is in the model of another connection. */
export function MemberOf({ others, value, onChange, remove }: Props) {
  const name = typeof value.audience === 'string' ? value.audience : '';
  return (
    <Group gap="xs" align="flex-end">
      <Select
        aria-label="In or not in another audience"
        data={[
          { value: 'in', label: 'is in' },
          { value: 'out', label: 'is not in' },
        ]}
        value={value.in === false ? 'out' : 'in'}
        allowDeselect={false}
        onChange={(to) => onChange({ ...value, in: to !== 'out' })}
        w={120}
      />
      <Select
        aria-label="Another audience"
        data={others.includes(name) || !name ? others : [name, ...others]}
        value={name}
        allowDeselect={false}
        searchable
        onChange={(to) => to && onChange({ ...value, audience: to })}
        flex="1 1 200px"
        maw={320}
      />
      <Remove what="condition" onClick={remove} />
    </Group>
  );
}
