import type * as awsx from "@pulumi/awsx";
import type * as pulumi from "@pulumi/pulumi";

type Listener = awsx.types.input.lb.ListenerArgs;

export interface ListenersArgs {
  /** Without one there is plain HTTP only. */
  readonly certificateArn: pulumi.Output<string> | undefined;
  /** The service's page at `/docs` allows itself more than answers do. */
  readonly apiPage: boolean;
}

/** Port 80 stays first: awsx names listeners by their place, and a moved one would be made before its port is free. */
export function listeners({ certificateArn, apiPage }: ListenersArgs): Listener[] {
  if (certificateArn === undefined) {
    return [{ port: 80, protocol: "HTTP", ...responseHeaders(apiPage) }];
  }
  return [
    {
      port: 80,
      protocol: "HTTP",
      defaultActions: [{ type: "redirect", redirect: { protocol: "HTTPS", port: "443", statusCode: "HTTP_301" } }],
    },
    {
      port: 443,
      protocol: "HTTPS",
      certificateArn,
      // TLS 1.3, and 1.2 with forward secrecy only.
      sslPolicy: "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
      ...responseHeaders(apiPage),
      routingHttpResponseStrictTransportSecurityHeaderValue: "max-age=31536000; includeSubDomains",
    },
  ];
}

/**
 * For answers of the load balancer itself, which the service never sees; the service says the same in its own. Where
 * both say something, the listener's word counts.
 */
function responseHeaders(apiPage: boolean): Listener {
  return {
    routingHttpResponseXContentTypeOptionsHeaderValue: "nosniff",
    routingHttpResponseXFrameOptionsHeaderValue: "DENY",
    routingHttpResponseServerEnabled: false,
    ...!apiPage && { routingHttpResponseContentSecurityPolicyHeaderValue: "default-src 'none'; frame-ancestors 'none'" },
  };
}
