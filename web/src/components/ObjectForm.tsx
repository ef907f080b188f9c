import { Button, Divider, Group, Radio, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { createObject, replaceObject, testObject } from '../api/objects';
import { destinationsQuery, kindsQuery, sourcesQuery } from '../api/queries';
import type { FileTaken, Kinds, Option } from '../api/schema.gen';
import { ObjectCard } from './ObjectCard';
import type { Kind, Stored } from './objects';
import {
  missingOptions,
  optionErrors,
  sourceOptions,
  textOption,
  typeLabel,
  wrongOptions,
  type OptionValues,
} from './options';
import { OptionsForm } from './OptionsForm';
import { ProblemAlert } from './ProblemAlert';
import { ReplaceFile } from './ReplaceFile';
import { isStale, Stale } from './Stale';
import { TestSteps } from './TestSteps';
import { FileResult, UploadSource } from './UploadSource';
import { useUnsaved } from './useUnsaved';

interface Props {
  kind: Kind;
  /** stored is what is changed; nothing where one is made. */
  stored?: Stored;
  saved: (object: Stored) => void;
  cancel?: () => void;
}

const listKeys = { source: sourcesQuery.queryKey, destination: destinationsQuery.queryKey };

/** ObjectForm makes or changes a source or an X account, and tests it before. */
export function ObjectForm({ kind, stored, saved, cancel }: Props) {
  const kinds = useQuery(kindsQuery);
  const queries = useQueryClient();
  const [name, setName] = useState(stored?.name ?? '');
  const [chosen, setType] = useState(textOption(stored?.spec.type));
  const [values, setValues] = useState<OptionValues>(stored?.spec ?? {});
  const [tried, setTried] = useState(false);
  const [taken, setTaken] = useState<FileTaken>();
  const types = typesOf(kind, kinds.data);
  const type = chosen || (types.length === 1 ? (types[0]?.type ?? '') : '');
  const options = types.find((t) => t.type === type)?.options ?? [];
  const uploaded = types.some((t) => t.type === type && t.uploaded);
  const missing = { ...missingOptions(options, values), ...wrongOptions(options, values) };
  const spec = specOf(type, options, values);

  const test = useMutation({ mutationFn: () => testObject(kind, name.trim() || 'new', spec) });
  const save = useMutation({
    mutationFn: () => (stored ? replaceObject(kind, stored, spec) : createObject(kind, name.trim(), spec)),
    onSuccess: async (object) => {
      await queries.invalidateQueries({ queryKey: listKeys[kind] });
      saved(object);
    },
  });
  const changed =
    name !== (stored?.name ?? '') || JSON.stringify(values) !== JSON.stringify(stored?.spec ?? {});
  useUnsaved(changed && !taken && !save.isPending && !save.isSuccess);
  const nameMistake = tried && !name.trim() ? 'Give it a name' : undefined;
  const ready = name.trim() !== '' && type !== '' && Object.keys(missing).length === 0;
  const errors = {
    ...(tried ? missing : {}),
    ...optionErrors(test.error),
    ...optionErrors(save.error),
  };
  const tryTo = (act: () => void) => {
    setTried(true);
    if (ready) act();
  };
  const read = () => {
    save.reset();
    void queries.invalidateQueries({ queryKey: listKeys[kind] }).then(cancel);
  };
  if (taken) return <FileResult taken={taken} saved={saved} />;
  if (stored && uploaded) return <ReplaceFile source={stored} saved={() => saved(stored)} cancel={cancel} />;
  return (
    <form
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        tryTo(() => save.mutate());
      }}
    >
      <Stack>
        {!stored && (
          <TextInput
            label="Name"
            description="What it is called here, and in the configuration file. It cannot be renamed."
            placeholder={kind === 'source' ? 'shop' : 'x'}
            withAsterisk
            data-autofocus
            autoComplete="off"
            value={name}
            error={nameMistake}
            onChange={(e) => setName(e.currentTarget.value)}
          />
        )}
        {!stored && types.length > 1 && (
          <Radio.Group
            label="Type"
            withAsterisk
            value={type || null}
            error={tried && !type ? 'Choose one' : undefined}
            onChange={(t) => {
              setType(t);
              test.reset();
              save.reset();
            }}
          >
            <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" mt="xs">
              {types.map((t) => (
                <ObjectCard
                  key={t.type}
                  name={typeLabel(t.type)}
                  value={t.type}
                  detail={t.help}
                  chosen={t.type === type}
                />
              ))}
            </SimpleGrid>
          </Radio.Group>
        )}
        {uploaded ? (
          <UploadSource name={name} setName={setName} taken={setTaken} cancel={cancel} />
        ) : (
          <>
            {type && (
              <OptionsForm
                options={options}
                values={values}
                onChange={(v) => {
                  setValues(v);
                  test.reset();
                }}
                errors={errors}
                {...(stored ? { stored: stored.spec } : {})}
              />
            )}
            <TestSteps testing={test.isPending} result={test.data} error={test.error} />
            <Stale error={save.error} reload={read} />
            <ProblemAlert error={isStale(save.error) ? null : save.error} />
            <Divider />
            <Group justify="flex-end">
              {cancel && (
                <Button variant="default" onClick={cancel}>
                  Cancel
                </Button>
              )}
              <Button variant="default" onClick={() => tryTo(() => test.mutate())} loading={test.isPending}>
                Test
              </Button>
              <Button type="submit" loading={save.isPending}>
                {stored ? 'Save' : 'Add'}
              </Button>
            </Group>
          </>
        )}
      </Stack>
    </form>
  );
}

interface Type {
  type: string;
  help: string;
  options: Option[];
  /** uploaded types are made of a file, and not of options. */
  uploaded: boolean;
}

function typesOf(kind: Kind, kinds: Kinds | undefined): Type[] {
  if (!kinds) return [];
  return kind === 'source'
    ? kinds.sources.map((k) => ({
        type: k.type,
        help: k.help,
        options: sourceOptions(k),
        uploaded: k.uploaded,
      }))
    : kinds.destinations.map((k) => ({ type: k.type, help: '', options: k.options, uploaded: false }));
}

/** specOf leaves out what was typed for a type that is no longer chosen. */
function specOf(type: string, options: Option[], values: OptionValues): OptionValues {
  // Relations are made where conditions are, and stay.
  const names = ['relations', ...options.map((o) => o.name.split('.')[0])];
  return { type, ...Object.fromEntries(Object.entries(values).filter(([key]) => names.includes(key))) };
}
