using System.Text.Json.Nodes;

namespace FineWebTorch.Coordinator.Tests.Kubernetes;

/// <summary>Which kinds an API server has: what kubectl asks first.</summary>
internal static class Discovery
{
    private static readonly (string Group, string Kind, string Plural)[] Kinds =
    [
        ("", "ConfigMap", "configmaps"), ("", "Secret", "secrets"), ("", "Service", "services"),
        ("apps", "StatefulSet", "statefulsets"), ("batch", "Job", "jobs"),
        ("networking.k8s.io", "NetworkPolicy", "networkpolicies"), ("policy", "PodDisruptionBudget", "poddisruptionbudgets"),
    ];

    /// <returns>Null where the path asks for something else.</returns>
    public static JsonNode? Of(string path) => path.Split('/') switch
    {
        ["api"] => new JsonObject { ["kind"] = "APIVersions", ["versions"] = new JsonArray("v1") },
        ["api", "v1"] => Resources("", "v1"),
        ["apis"] => new JsonObject
        {
            ["kind"] = "APIGroupList",
            ["apiVersion"] = "v1",
            ["groups"] = new JsonArray(
                [.. Kinds.Select(kind => kind.Group).Where(group => group.Length > 0).Select(Group)]),
        },
        ["apis", var group, "v1"] => Resources(group, $"{group}/v1"),
        _ => null,
    };

    private static JsonObject Group(string name) => new()
    {
        ["name"] = name,
        ["versions"] = new JsonArray(Version(name)),
        ["preferredVersion"] = Version(name),
    };

    private static JsonObject Version(string group) => new() { ["groupVersion"] = $"{group}/v1", ["version"] = "v1" };

    private static JsonObject Resources(string group, string version) => new()
    {
        ["kind"] = "APIResourceList",
        ["apiVersion"] = "v1",
        ["groupVersion"] = version,
        ["resources"] = new JsonArray([.. Kinds.Where(kind => kind.Group == group).Select(kind => new JsonObject
        {
            ["name"] = kind.Plural,
            ["singularName"] = "",
            ["namespaced"] = true,
            ["kind"] = kind.Kind,
            ["verbs"] = new JsonArray("create", "delete", "get", "list", "patch"),
        })]),
    };
}
