using System.Text.Json.Nodes;

namespace FineWebTorch.Coordinator.Tests.Kubernetes;

/// <summary>What an API server refuses although its fields are right: names of nothing, and what excludes each other.</summary>
internal static class ObjectRules
{
    public static IReadOnlyList<string> FaultsOf(JsonNode one) => (string?)one["kind"] switch
    {
        "Job" => [.. OfJob(one["spec"]!), .. OfPod(one["spec"]!["template"]!["spec"]!, [])],
        "StatefulSet" => [.. OfStatefulSet(one["spec"]!), .. OfPod(
            one["spec"]!["template"]!["spec"]!, [.. Names(one["spec"]!["volumeClaimTemplates"], "metadata", "name")])],
        _ => [],
    };

    private static IEnumerable<string> OfJob(JsonNode spec)
    {
        if ((string?)spec["completionMode"] == "Indexed" && spec["completions"] is null)
            yield return "spec.completions: required when completion mode is Indexed";
        if (spec["backoffLimitPerIndex"] is not null && (string?)spec["completionMode"] != "Indexed")
            yield return "spec.backoffLimitPerIndex: requires indexed completion mode";
        if (spec["podFailurePolicy"] is not { } policy)
            yield break;
        if ((string?)spec["template"]!["spec"]!["restartPolicy"] != "Never")
            yield return "spec.template.spec.restartPolicy: only \"Never\" is supported when podFailurePolicy is specified";
        foreach (var rule in policy["rules"]!.AsArray())
        {
            if (rule!["onExitCodes"] is null == rule["onPodConditions"] is null)
                yield return "spec.podFailurePolicy.rules: specifying one of OnExitCodes and OnPodConditions is required";
            int[] codes = [.. rule["onExitCodes"]?["values"]?.AsArray().Select(code => (int)code!) ?? []];
            if (!codes.SequenceEqual(codes.Distinct().Order()))
                yield return "spec.podFailurePolicy.rules.onExitCodes.values: must be ordered and unique";
        }
    }

    private static IEnumerable<string> OfStatefulSet(JsonNode spec)
    {
        var labels = spec["template"]!["metadata"]!["labels"]!;
        foreach (var (name, value) in spec["selector"]!["matchLabels"]!.AsObject())
            if ((string?)labels[name] != (string?)value)
                yield return "spec.template.metadata.labels: `selector` does not match template `labels`";
    }

    private static IEnumerable<string> OfPod(JsonNode pod, IReadOnlyList<string> claims)
    {
        List<string> volumes = [.. claims, .. Names(pod["volumes"], "name")];
        foreach (var container in pod["containers"]!.AsArray().Concat(pod["initContainers"]?.AsArray() ?? []))
        {
            foreach (var mount in Names(container!["volumeMounts"], "name").Where(name => !volumes.Contains(name)))
                yield return $"volumeMounts: not found: {mount}";
            List<string> ports = [.. Names(container["ports"], "name")];
            foreach (var probe in (string[])["startupProbe", "readinessProbe", "livenessProbe"])
                if (container[probe]?["httpGet"]?["port"] is { } port && !ports.Contains((string)port!))
                    yield return $"{probe}: no port {port}";
            foreach (var (resource, limit) in container["resources"]?["limits"]?.AsObject() ?? [])
                if (resource.Contains('/', StringComparison.Ordinal) &&
                    (string?)container["resources"]!["requests"]?[resource] != (string?)limit)
                    yield return $"resources.requests.{resource}: must be equal to the limit";
        }
    }

    private static IEnumerable<string> Names(JsonNode? list, params string[] path) =>
        (list?.AsArray() ?? []).Select(item => (string)path.Aggregate(item!, (node, name) => node[name]!)!);
}
