import { Button, Group, Loader, Select, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { client, problemOf, take } from '../../api/client';
import { kindsQuery } from '../../api/queries';
import type { DestinationSpec, SourceSpec } from '../../api/schema.gen';
import {
  labelOf,
  missingOptions,
  optionErrors,
  sourceOptions,
  typeLabel,
  type OptionValues,
} from '../../components/options';
import { OptionsForm } from '../../components/OptionsForm';
import { ProblemAlert } from '../../components/ProblemAlert';
import { TestSteps } from '../../components/TestSteps';

interface Props {
  kind: 'source' | 'destination';
  onStored: (name: string) => void;
  onCancel?: (() => void) | undefined;
}

const texts = {
  source: {
    title: 'Add a source',
    type: 'Type',
    help: 'What you call it, such as shop.',
    good: 'Eddy can read it.',
  },
  destination: {
    title: 'Add an X account',
    type: 'Type',
    help: 'What you call it, such as x or brand-us.',
    good: 'Eddy can manage audiences in it.',
  },
};

/**
 * NewObject adds a source or destination: it is tested first and stored when the test passed, or
 * when somebody wants it all the same. Secrets go to the server alone.
 */
export function NewObject({ kind, onStored, onCancel }: Props) {
  const { data: kinds, error: unknown, refetch } = useQuery(kindsQuery);
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [type, setType] = useState<string | null>(null);
  const [values, setValues] = useState<OptionValues>({});
  const [missing, setMissing] = useState<Record<string, string>>({});

  const all = kind === 'source' ? kinds?.sources : kinds?.destinations;
  const chosen = type ?? (all?.length === 1 ? (all[0]?.type ?? '') : '');
  const source = kinds?.sources.find((k) => k.type === chosen);
  const destination = kinds?.destinations.find((k) => k.type === chosen);
  const options = kind === 'source' ? (source ? sourceOptions(source) : []) : (destination?.options ?? []);
  // The form follows what the kind declares, and the server judges it.
  const spec: unknown = { ...values, type: chosen };

  const test = useMutation({
    mutationFn: () => {
      const params = { path: { name: name.trim() } };
      return take(
        kind === 'source'
          ? client.POST('/api/v1/sources/{name}/test', { params, body: { spec: spec as SourceSpec } })
          : client.POST('/api/v1/destinations/{name}/test', {
              params,
              body: { spec: spec as DestinationSpec },
            }),
      );
    },
  });
  const store = useMutation({
    mutationFn: async () => {
      const called = name.trim();
      await take<unknown>(
        kind === 'source'
          ? client.POST('/api/v1/sources', { body: { name: called, spec: spec as SourceSpec } })
          : client.POST('/api/v1/destinations', { body: { name: called, spec: spec as DestinationSpec } }),
      );
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: [`${kind}s`] });
      onStored(name.trim());
    },
  });

  if (unknown) return <ProblemAlert error={unknown} retry={() => void refetch()} />;
  if (!all) return <Loader aria-label="Loading" />;
  const failure = store.error ?? test.error;
  const problem = failure ? problemOf(failure) : null;
  const pointed = optionErrors(failure);
  const errors = { ...pointed, ...missing };
  const shownAtFields =
    problem &&
    problem.mistakes.length > 0 &&
    problem.mistakes.every((m) => m.pointer && options.some((o) => m.pointer?.startsWith(`/spec/${o.name}`)));
  const ready = () => {
    const open = missingOptions(options, values);
    if (!name.trim()) open.name = 'Give it a name.';
    if (!chosen) open.type = 'Choose one.';
    setMissing(open);
    return Object.keys(open).length === 0;
  };
  const edit = (next: OptionValues) => {
    setValues(next);
    setMissing({});
    test.reset();
    store.reset();
  };
  const passed = test.data?.ok === true;
  const exists = problem?.code === 'exists';

  return (
    <form
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        if (!ready()) return;
        if (passed) store.mutate();
        else test.mutate();
      }}
    >
      <Stack>
        <Title order={3} fz="h4">
          {texts[kind].title}
        </Title>
        <TextInput
          label="Name"
          description={texts[kind].help}
          withAsterisk
          maxLength={100}
          value={name}
          onChange={(e) => {
            setName(e.currentTarget.value);
            setMissing({});
            test.reset();
            store.reset();
          }}
          error={missing.name ?? (exists ? 'There is one of this name already. Choose another.' : undefined)}
        />
        {all.length > 1 && (
          <Select
            label={texts[kind].type}
            withAsterisk
            placeholder="Choose one"
            data={all.map((k) => ({ value: k.type, label: typeLabel(k.type) }))}
            value={chosen || null}
            onChange={(next) => {
              setType(next);
              edit({});
            }}
            error={missing.type}
          />
        )}
        {chosen && <OptionsForm options={options} values={values} onChange={edit} errors={errors} />}
        {Object.keys(missing).length > 0 && (
          <Text size="sm" c="red" role="alert">
            Still needed: {Object.keys(missing).map(labelOf).join(', ')}.
          </Text>
        )}
        {problem && !exists && !shownAtFields && <ProblemAlert error={problem} />}
        <TestSteps testing={test.isPending} result={test.data} good={texts[kind].good} />
        <Group>
          <Button type="submit" loading={test.isPending || store.isPending}>
            {passed ? 'Save and use it' : test.data ? 'Test again' : 'Test'}
          </Button>
          {test.data && !passed && (
            <Button variant="default" loading={store.isPending} onClick={() => ready() && store.mutate()}>
              Save it all the same
            </Button>
          )}
          {onCancel && (
            <Button variant="subtle" onClick={onCancel}>
              Cancel
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}
