using System.Globalization;
using FineWebTorch.Common;
using k8s.Models;

namespace FineWebTorch.Coordinator.Kubernetes;

/// <summary>A pod with one container of ours, as its API server describes it.</summary>
/// <param name="pod">From a list.</param>
/// <param name="container">Its name.</param>
internal sealed class WorkerPod(V1Pod pod, string container)
{
    private readonly V1ContainerStatus? _status =
        pod.Status?.ContainerStatuses?.FirstOrDefault(status => status.Name == container);

    public string Name => pod.Metadata.Name;

    /// <summary>Empty while it has none.</summary>
    public string Node => pod.Spec?.NodeName ?? "";

    public bool IsRunning => pod.Status?.Phase == "Running" && !IsLeaving;

    public bool IsWaiting => pod.Status?.Phase is null or "Pending" && !IsLeaving;

    public bool HasFailed => pod.Status?.Phase == "Failed";

    /// <summary>It has been told to end.</summary>
    public bool IsLeaving => pod.Metadata.DeletionTimestamp is not null;

    /// <summary>Its end, or the one before its last start.</summary>
    public V1ContainerStateTerminated? End => _status?.State?.Terminated ?? _status?.LastState?.Terminated;

    /// <summary>It ended and waits for its next start.</summary>
    public bool IsBetweenStarts => _status?.State?.Waiting is not null && End is not null;

    /// <summary>Somebody took it away: a spot machine went, its node was drained, a pod of a higher priority came.</summary>
    public bool WasTakenAway =>
        pod.Status?.Conditions?.Any(condition => condition is { Type: "DisruptionTarget", Status: "True" }) == true;

    public TimeSpan ElapsedAt(DateTimeOffset now) =>
        _status?.State?.Running?.StartedAt is { } started ? now - new DateTimeOffset(started.ToUniversalTime()) : default;

    /// <summary>What it waits for: Unschedulable, ImagePullBackOff; empty where nothing is said.</summary>
    public string WaitsFor
    {
        get
        {
            if (_status?.State?.Waiting is { Reason: { Length: > 0 } reason } waiting && reason != "ContainerCreating")
                return Describe(reason, waiting.Message);
            var placed = pod.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "PodScheduled");
            return placed is { Status: "False" } ? Describe(placed.Reason, placed.Message) : "";
        }
    }

    /// <summary>How it ended: exit code 1, OOMKilled.</summary>
    public string HowItEnded => End switch
    {
        { Reason: { Length: > 0 } reason } end when reason is not ("Error" or "Completed") =>
            string.Create(CultureInfo.InvariantCulture, $"{reason}, exit code {end.ExitCode}"),
        { } end => string.Create(CultureInfo.InvariantCulture, $"exit code {end.ExitCode}"),
        null => Describe(pod.Status?.Reason ?? "", pod.Status?.Message),
    };

    /// <summary>The last line that it said; null where nothing is known.</summary>
    public string? LastLine => End?.Message?
        .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();

    private static string Describe(string? reason, string? message) =>
        message is { Length: > 0 } ? $"{reason}: {PlainText.Clean(message, 200)}" : reason ?? "";
}
