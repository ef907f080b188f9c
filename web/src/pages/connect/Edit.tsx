import { PageHeader } from '../../components/PageHeader';

export default function Edit() {
  return <PageHeader title="Edit" />;
}
