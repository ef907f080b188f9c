import { Fieldset, PasswordInput, SimpleGrid } from '@mantine/core';

/** VariableInputs ask for the values of the variables that a file reads. */
export function VariableInputs({
  names,
  values,
  onChange,
}: {
  names: string[];
  values: Record<string, string>;
  onChange: (values: Record<string, string>) => void;
}) {
  return (
    <Fieldset legend="Variables of the file">
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {names.map((name) => (
          <PasswordInput
            key={name}
            label={name}
            placeholder="Empty: the stored secret stays"
            autoComplete="new-password"
            value={values[name] ?? ''}
            onChange={(e) => onChange({ ...values, [name]: e.currentTarget.value })}
          />
        ))}
      </SimpleGrid>
    </Fieldset>
  );
}
