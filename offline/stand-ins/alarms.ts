import { startAwsJson, type AwsService } from "./aws-json";

/** An alarm of CloudWatch's, as its API names it. */
export interface Alarm {
  readonly AlarmName: string;
  readonly StateValue: "ALARM" | "INSUFFICIENT_DATA" | "OK";
  readonly AlarmDescription: string;
  /** Seconds since 1970, as on the wire. */
  readonly StateTransitionedTimestamp: number;
}

/** Starts a CloudWatch that describes its alarms: for AWS_ENDPOINT_URL_CLOUDWATCH. */
export function startAlarms(alarms: readonly Alarm[]): Promise<AwsService> {
  return startAwsJson({
    "GraniteServiceVersion20100801.DescribeAlarms": (input: { AlarmNamePrefix?: string; StateValue?: string }) => ({
      MetricAlarms: alarms.filter(({ AlarmName, StateValue }) => AlarmName.startsWith(input.AlarmNamePrefix ?? "")
        && StateValue === (input.StateValue ?? StateValue)),
      CompositeAlarms: [],
    }),
  });
}
