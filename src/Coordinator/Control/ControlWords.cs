namespace FineWebTorch.Coordinator.Control;

/// <summary>What was done, for people.</summary>
internal static class ControlWords
{
    /// <param name="path">One of <see cref="Running.ControlRequest.ByPath"/>.</param>
    /// <param name="name">Of the worker or file that it was done to.</param>
    public static string Of(string path, string name) => path switch
    {
        "pause" => "paused: workers finish what they hold and get nothing new",
        "pause/now" => "paused: workers give back what they hold and get nothing new",
        "resume" => "no longer paused",
        "workers/drain" => $"{name}: gives its work back and ends",
        "workers/ban" => $"{name}: is turned away until it is allowed",
        "workers/allow" => $"{name}: may work",
        "files/retry" => $"{name}: is tried again",
        "files/skip" => $"{name}: is skipped",
        _ => throw new NotSupportedException($"{path} is unknown. This is a bug."),
    };
}
