import { Alert, Anchor, Code, Divider, List, Stack, Table, Text, TextInput } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';

import { sentence } from '../../components/ProblemAlert';
import { meanings, review } from './plain';
import { ReviewPlan } from './ReviewPlan';
import { ReviewTest } from './ReviewTest';
import { text } from './spec';
import type { StepProps } from './stepProps';
import { steps } from './steps';

interface Props extends StepProps {
  /** open are the steps that are not complete yet. */
  open: readonly string[];
  /** ready says that the server finds nothing wrong, so that a run can be planned. */
  ready: boolean;
  warnings: readonly string[];
  title: string;
  /** held is the id of the audience that the connection feeds now; empty where nobody knows. */
  held?: string;
  rename?: ((title: string) => void) | undefined;
  nameError?: string | undefined;
}

/** ReviewStep says in plain words what will be. */
export function ReviewStep(props: Props) {
  const { spec, mistakes, go, stored, open, ready, warnings, title, rename, nameError, held = '' } = props;
  const todo = steps.filter((s) => open.includes(s.id));
  const changes = stored ? meanings(stored, spec, held) : [];
  return (
    <Stack>
      {rename && (
        <TextInput
          label="Name of the connection"
          description="What you and your colleagues call it. It cannot be changed later."
          withAsterisk
          maxLength={100}
          maw={480}
          value={title}
          onChange={(e) => rename(e.currentTarget.value)}
          error={nameError}
        />
      )}
      {todo.length > 0 && (
        <Alert color="orange" title="Not complete yet" icon={<IconAlertTriangle aria-hidden />}>
          <List size="sm">
            {todo.map((s) => (
              <List.Item key={s.id}>
                <Anchor component="button" type="button" size="sm" onClick={() => go(s.id)}>
                  {s.title}
                </Anchor>
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      {todo.length === 0 && mistakes.length > 0 && (
        <Alert
          color="red"
          title="Something is not right yet"
          icon={<IconAlertTriangle aria-hidden />}
          role="alert"
        >
          <List size="sm">
            {mistakes.map((m) => (
              <List.Item key={`${m.path} ${m.text}`}>
                {m.step === 'review' ? (
                  m.text
                ) : (
                  <Anchor component="button" type="button" size="sm" onClick={() => go(m.step)}>
                    {steps.find((s) => s.id === m.step)?.title}: {m.text}
                  </Anchor>
                )}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      <Table
        variant="vertical"
        layout="fixed"
        withRowBorders
        withTableBorder={false}
        highlightOnHover={false}
      >
        <Table.Tbody>
          {review(spec)
            .filter((line) => !open.includes(line.step))
            .map((line) => (
              <Table.Tr key={line.step}>
                <Table.Th scope="row" w={{ base: 96, sm: 140 }}>
                  <Anchor component="button" type="button" size="sm" onClick={() => go(line.step)} ta="left">
                    {line.what}
                  </Anchor>
                </Table.Th>
                <Table.Td>
                  <Text size="sm" className="wrapped">
                    {line.text}
                  </Text>
                  {line.code && (
                    <Code block mt="snug" mah={200} tabIndex={0} role="region" aria-label="The query">
                      {line.code}
                    </Code>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
      {warnings.map((w) => (
        <Alert key={w} color="orange" icon={<IconAlertTriangle aria-hidden />}>
          {sentence(w)}.
        </Alert>
      ))}
      {stored && (
        <>
          <Divider />
          {changes.length === 0 ? (
            <Text size="sm" c="dimmed">
              Nothing was changed that concerns people.
            </Text>
          ) : (
            <Alert
              color={changes.some((c) => c.serious) ? 'orange' : 'gray'}
              title="What the changes mean for the people in the audience"
            >
              <List size="sm">
                {changes.map((c) => (
                  <List.Item key={c.text}>{c.text}</List.Item>
                ))}
              </List>
              {text(spec, 'sync_mode') !== 'upsert' && (
                <Text size="sm" mt="xs">
                  The guard still holds a run that would remove too many.
                </Text>
              )}
            </Alert>
          )}
        </>
      )}
      {ready && <ReviewTest name={props.name} spec={spec} />}
      {ready && <ReviewPlan name={props.name} spec={spec} first={!stored} />}
    </Stack>
  );
}
