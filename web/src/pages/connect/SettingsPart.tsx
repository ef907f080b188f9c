import { Accordion, NumberInput, Stack, Switch, Title } from '@mantine/core';

import { at } from './mistakes';
import { defaults, settingOf, withSetting, type SettingName } from './spec';
import type { StepProps } from './stepProps';

/** SettingsPart says when a run stops to ask, and what runs keep. */
export function SettingsPart({ spec, change, mistakes }: StepProps) {
  const common = (name: SettingName) => ({
    error: at(mistakes, `settings/${name.replace('.', '/')}`),
  });
  const number = (
    name: SettingName,
    label: string,
    description: string,
    max: number,
    min = 0,
    suffix = '',
  ) => (
    <NumberInput
      {...common(name)}
      label={label}
      description={`${description} Default: ${String(defaults[name])}${suffix}.`}
      min={min}
      max={max}
      suffix={suffix}
      allowDecimal={name === 'guard.max_removed_percent'}
      clampBehavior="blur"
      maw={420}
      value={Number(settingOf(spec, name))}
      onChange={(value) => change(withSetting(spec, name, value === '' ? undefined : Number(value)))}
    />
  );
  const toggle = (name: SettingName, label: string, description: string) => (
    <Switch
      {...common(name)}
      label={label}
      description={description}
      checked={Boolean(settingOf(spec, name))}
      onChange={(e) => change(withSetting(spec, name, e.currentTarget.checked))}
    />
  );
  return (
    <Stack>
      <Title order={3} fz="h5">
        The guard
      </Title>
      {number(
        'guard.max_removed_percent',
        'Largest share that a run may remove',
        'A run that would remove more of the people or identities in the audience, whatever the operation, sends nothing and waits for approval.',
        100,
        0,
        ' %',
      )}
      <Accordion variant="contained" chevronPosition="left">
        <Accordion.Item value="guard">
          <Accordion.Control>More about the guard</Accordion.Control>
          <Accordion.Panel>
            <Stack>
              {toggle(
                'guard.allow_empty',
                'Let a run remove everybody',
                'Without approval, when nobody is left in the model. Off, such a run waits for a person.',
              )}
              {number(
                'guard.approve_slack_percent',
                'How much more an approved run may remove',
                'An approval covers what was shown, and so much more, because the model goes on changing. A run that would remove more waits again.',
                100,
                0,
                ' %',
              )}
              {number(
                'max_shared',
                'In how many rows one value may stand',
                'A run is refused while a phone number or another identity stands in more rows. With 0 it is only told.',
                1_000_000_000,
              )}
              {number(
                'max_bytes',
                'Most bytes that the warehouse may read',
                'A run is refused while the warehouse estimates that it would read more for the model. BigQuery can tell; with 0 it is any number.',
                1_000_000_000_000_000,
              )}
            </Stack>
          </Accordion.Panel>
        </Accordion.Item>
        <Accordion.Item value="kept">
          <Accordion.Control>What is kept, and tried again</Accordion.Control>
          <Accordion.Panel>
            <Stack>
              {toggle(
                'retain_sync_logs',
                'Keep a sync log',
                'One line for each change and each row that could not be sent. It answers why somebody is in the audience or not.',
              )}
              {Boolean(settingOf(spec, 'retain_sync_logs')) &&
                number(
                  'sync_log_retention_days',
                  'Days that it is kept',
                  'Older lines are deleted at the end of a run.',
                  36500,
                )}
              {number(
                'snapshots_to_retain',
                'Snapshots that are kept',
                'Tables with the picture of the newest runs, for your own queries.',
                10000,
              )}
              {toggle(
                'retry_failed_records',
                'Send refused records again',
                'A record that X refused is sent again by later runs. Off, it rests until its row changes.',
              )}
              {Boolean(settingOf(spec, 'retry_failed_records')) &&
                number(
                  'max_attempts',
                  'Runs that try a refused record',
                  'After so many it rests until its row changes.',
                  1000,
                  1,
                )}
              {number(
                'renew_before_days',
                'Days before a membership lapses that it is renewed',
                'X drops people 13 months after they were sent, so unchanged rows are sent again in time.',
                365,
              )}
            </Stack>
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </Stack>
  );
}
