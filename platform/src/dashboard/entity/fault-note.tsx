// Says in its place that a part of a page could not be read from the tenant's Worker, and why.
import { faultText, type TenantFault } from '../../tenant-api/tenant-fault.ts';

export function FaultNote(props: { fault: TenantFault }) {
  return (
    <p class="fault" role="alert">
      {faultText(props.fault)}
    </p>
  );
}
