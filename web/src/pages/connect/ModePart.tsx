import { Alert, List, Radio, Stack } from '@mantine/core';

import { at } from './mistakes';
import { ObjectCard } from '../../components/ObjectCard';
import { set, text } from './spec';
import type { StepProps } from './stepProps';

/** ModePart chooses between a mirror and an upsert. */
export function ModePart({ spec, change, mistakes }: StepProps) {
  const mode = text(spec, 'sync_mode') || 'mirror';
  return (
    <Stack>
      <Radio.Group
        label="Sync mode"
        value={mode}
        onChange={(next) => change(set(spec, 'sync_mode', next))}
        error={at(mistakes, 'sync_mode')}
      >
        <Stack gap="xs" mt="sm">
          <ObjectCard
            name="Mirror"
            value="mirror"
            detail="The audience is always exactly the model. For most audiences, and the usual choice."
            chosen={mode === 'mirror'}
          >
            <List size="sm" mt="fine">
              <List.Item>A new row adds a person.</List.Item>
              <List.Item>A changed row updates what X knows them by; the old e-mail leaves.</List.Item>
              <List.Item>A row that is gone removes the person.</List.Item>
            </List>
          </ObjectCard>
          <ObjectCard
            name="Upsert"
            value="upsert"
            detail="People are added and updated, and stay when their row is gone."
            chosen={mode === 'upsert'}
          >
            <List size="sm" mt="fine">
              <List.Item>For models that hold only what is new, such as the orders of last week.</List.Item>
              <List.Item>People leave when their membership ends, by default after 13 months.</List.Item>
            </List>
          </ObjectCard>
        </Stack>
      </Radio.Group>
      {mode === 'upsert' && (
        <Alert color="orange" title="Opt-outs are not removed">
          X's agreement wants people who opted out to be gone within 24 hours. In this mode Eddy removes
          nobody: see to it in another way, or take mirror.
        </Alert>
      )}
    </Stack>
  );
}
