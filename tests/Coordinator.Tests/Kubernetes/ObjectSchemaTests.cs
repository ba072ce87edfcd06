using System.Text.Json.Nodes;

namespace FineWebTorch.Coordinator.Tests.Kubernetes;

/// <summary>What checks our objects finds what is wrong with others.</summary>
public sealed class ObjectSchemaTests
{
    [Theory]
    [InlineData("""{"kind": "Secret", "data": {"join": "Zg=="}}""", "")]
    [InlineData("""{"kind": "Sekret"}""", "no such kind: Sekret")]
    [InlineData("""{"kind": "Secret", "data": {"join": "f!"}}""", "Secret.data.join: \"f!\" is no string/byte")]
    [InlineData("""{"kind": "Secret", "dates": {}}""", "Secret.dates: no such field of V1Secret")]
    [InlineData("""{"kind": "Job", "spec": {}}""", "Job.spec.template: missing")]
    [InlineData("""{"kind": "Job", "spec": {"template": {}, "completions": "3"}}""", "Job.spec.completions: \"3\" is no number/int32")]
    [InlineData(
        """{"kind": "Job", "spec": {"template": {"spec": {"containers": [{"name": "a", "arg": []}]}}}}""",
        "Job.spec.template.spec.containers[0].arg: no such field of V1Container")]
    [InlineData(
        """{"kind": "Job", "spec": {"template": {"spec": {"containers": [{"name": "a", "args": [3]}]}}}}""",
        "Job.spec.template.spec.containers[0].args[0]: 3 is no string")]
    [InlineData(
        """{"kind": "Service", "spec": {"ports": [{"port": 5090, "targetPort": true}]}}""",
        "Service.spec.ports[0].targetPort: true is no IntOrString/int-or-string")]
    public void Fault_IsNamedByItsPlace(string json, string fault) =>
        Assert.Equal(fault, string.Join('\n', ObjectSchema.FaultsOf(JsonNode.Parse(json)!)));

    [Theory]
    [InlineData("""{"completionMode": "Indexed", "template": {"spec": {"containers": []}}}""", "spec.completions: required")]
    [InlineData("""{"backoffLimitPerIndex": 1, "template": {"spec": {"containers": []}}}""", "spec.backoffLimitPerIndex: requires")]
    [InlineData(
        """{"template": {"spec": {"containers": [{"volumeMounts": [{"name": "x"}]}]}}}""", "volumeMounts: not found: x")]
    [InlineData(
        """{"template": {"spec": {"containers": [{"livenessProbe": {"httpGet": {"port": "m"}}}]}}}""", "livenessProbe: no port m")]
    [InlineData(
        """{"podFailurePolicy": {"rules": [{"onExitCodes": {"values": [5, 4]}}]}, "template": {"spec": {"restartPolicy": "Never", "containers": []}}}""",
        "spec.podFailurePolicy.rules.onExitCodes.values: must be ordered")]
    public void Rule_ThatIsBroken_IsNamed(string spec, string fault) => Assert.StartsWith(
        fault, Assert.Single(ObjectRules.FaultsOf(JsonNode.Parse($$"""{"kind": "Job", "spec": {{spec}}}""")!)),
        StringComparison.Ordinal);
}
