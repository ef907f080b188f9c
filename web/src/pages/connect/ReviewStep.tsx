import { Alert, Anchor, Code, Stack, Table, Text, TextInput } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';

import { sentence } from '../../components/ProblemAlert';
import { review } from './plain';
import { ReviewPlan } from './ReviewPlan';
import { ReviewTest } from './ReviewTest';
import type { StepProps } from './stepProps';
import type { Gap } from './steps';
import { Todo } from './Todo';

interface Props extends StepProps {
  /** open is what is still missing. */
  open: readonly Gap[];
  /** ready says that the server finds nothing wrong, so that a run can be planned. */
  ready: boolean;
  warnings: readonly string[];
  title: string;
  rename: (title: string) => void;
  nameError: string | undefined;
}

/** ReviewStep says in plain words what will be. */
export function ReviewStep(props: Props) {
  const { spec, mistakes, go, open, ready, warnings, title, rename, nameError } = props;
  return (
    <Stack>
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
      <Todo gaps={open} mistakes={mistakes} go={go} />
      <Table
        variant="vertical"
        layout="fixed"
        withRowBorders
        withTableBorder={false}
        highlightOnHover={false}
      >
        <Table.Tbody>
          {review(spec)
            .filter((line) => !open.some((gap) => gap.step === line.step))
            .map((line) => (
              <Table.Tr key={line.what}>
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
      {ready && <ReviewTest name={props.name} spec={spec} />}
      {ready && <ReviewPlan name={props.name} spec={spec} first />}
    </Stack>
  );
}
