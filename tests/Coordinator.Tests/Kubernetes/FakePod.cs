using System.Text.Json.Nodes;

namespace FineWebTorch.Coordinator.Tests.Kubernetes;

/// <summary>Pods as an API server lists them.</summary>
internal static class FakePod
{
    public static JsonObject Worker(string run, string name) => Of(run, "worker", name);

    public static JsonObject Head(string run) => Of(run, "coordinator", $"{run}-coordinator-0");

    public static JsonObject Runs(this JsonObject pod, string node, DateTimeOffset since) => pod.In(
        "Running", node, new JsonObject { ["running"] = new JsonObject { ["startedAt"] = since.ToString("O") } });

    /// <summary>It will not be started again.</summary>
    public static JsonObject Fails(this JsonObject pod, string node, int exitCode, string message) =>
        pod.In("Failed", node, new JsonObject { ["terminated"] = Ended(exitCode, message) });

    /// <summary>As a spot machine that goes, or a node that is drained, leaves it.</summary>
    public static JsonObject IsTakenAway(this JsonObject pod, string node)
    {
        pod.Fails(node, 143, "");
        pod["status"]!["conditions"] = new JsonArray(
            new JsonObject { ["type"] = "DisruptionTarget", ["status"] = "True", ["reason"] = "DeletionByTaintManager" });
        return pod;
    }

    public static JsonObject WaitsForImage(this JsonObject pod) => pod.In("Pending", "n1", new JsonObject
    {
        ["waiting"] = new JsonObject { ["reason"] = "ImagePullBackOff", ["message"] = "Back-off pulling image \"nope:1\"" },
    });

    public static JsonObject WaitsForANode(this JsonObject pod)
    {
        pod["status"] = new JsonObject
        {
            ["phase"] = "Pending",
            ["conditions"] = new JsonArray(new JsonObject
            {
                ["type"] = "PodScheduled",
                ["status"] = "False",
                ["reason"] = "Unschedulable",
                ["message"] = "0/5 nodes are available: 5 Insufficient nvidia.com/gpu.",
            }),
        };
        return pod;
    }

    /// <summary>A container that ended and is started again by its pod, after a pause.</summary>
    public static JsonObject StartsAgain(this JsonObject pod, int exitCode, string message)
    {
        pod.In("Running", "n1", new JsonObject { ["waiting"] = new JsonObject { ["reason"] = "CrashLoopBackOff" } });
        pod["status"]!["containerStatuses"]![0]!["lastState"] = new JsonObject { ["terminated"] = Ended(exitCode, message) };
        return pod;
    }

    private static JsonObject Ended(int exitCode, string message) => new()
    {
        ["exitCode"] = exitCode,
        ["reason"] = exitCode == 0 ? "Completed" : "Error",
        ["message"] = message,
    };

    private static JsonObject In(this JsonObject pod, string phase, string node, JsonObject state)
    {
        pod["spec"]!["nodeName"] = node;
        pod["status"] = new JsonObject
        {
            ["phase"] = phase,
            ["containerStatuses"] = new JsonArray(new JsonObject
            {
                ["name"] = (string)pod["metadata"]!["labels"]!["app.kubernetes.io/component"]!,
                ["state"] = state,
                ["ready"] = phase == "Running",
                ["restartCount"] = 0,
                ["image"] = "x",
                ["imageID"] = "x",
            }),
        };
        return pod;
    }

    private static JsonObject Of(string run, string component, string name) => new()
    {
        ["metadata"] = new JsonObject
        {
            ["name"] = name,
            ["labels"] = new JsonObject
            {
                ["app.kubernetes.io/instance"] = run,
                ["app.kubernetes.io/component"] = component,
            },
        },
        ["spec"] = new JsonObject { ["containers"] = new JsonArray() },
        ["status"] = new JsonObject { ["phase"] = "Pending" },
    };
}
