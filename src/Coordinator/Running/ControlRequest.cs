using System.IO.Enumeration;
using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Running;

/// <summary>What a person asks of a run; see <see cref="RunControls"/>.</summary>
internal abstract record ControlRequest
{
    private ControlRequest()
    {
    }

    /// <summary>No work is given out any more.</summary>
    /// <param name="GiveBack">What is held is given back after the batch in flight; else it is finished.</param>
    public sealed record Pause(bool GiveBack) : ControlRequest;

    public sealed record Resume : ControlRequest;

    /// <summary>Workers give their work back and end.</summary>
    public sealed record Drain(NamePatterns Workers) : ControlRequest;

    /// <summary>Workers lose their work and are turned away, now and whenever they come, until allowed.</summary>
    public sealed record Ban(NamePatterns Workers) : ControlRequest;

    /// <summary>Takes bans and quarantines back.</summary>
    public sealed record Allow(NamePatterns Workers) : ControlRequest;

    /// <summary>Failed files are tried again, once somebody has looked at them: <see cref="Reopen"/>.</summary>
    public sealed record Retry(NamePatterns Files) : ControlRequest;

    /// <summary>Failed files as they are now.</summary>
    public sealed record Reopen(IReadOnlyList<LedgerChange.FileReplaced> Files) : ControlRequest;

    /// <summary>Files end as failed.</summary>
    public sealed record Skip(NamePatterns Files) : ControlRequest;

    /// <summary>What can be asked with names alone, by the path that asks for it.</summary>
    public static IReadOnlyDictionary<string, Func<NamePatterns, ControlRequest>> ByPath { get; } =
        new Dictionary<string, Func<NamePatterns, ControlRequest>>(StringComparer.Ordinal)
        {
            ["pause"] = _ => new Pause(GiveBack: false),
            ["pause/now"] = _ => new Pause(GiveBack: true),
            ["resume"] = _ => new Resume(),
            ["workers/drain"] = names => new Drain(names),
            ["workers/ban"] = names => new Ban(names),
            ["workers/allow"] = names => new Allow(names),
            ["files/retry"] = names => new Retry(names),
            ["files/skip"] = names => new Skip(names),
        };
}

/// <param name="Done">Names of that which it was done to.</param>
/// <param name="Refusal">Why nothing was done, as one line; null where something was.</param>
internal sealed record ControlAnswer(IReadOnlyList<string> Done, string? Refusal = null)
{
    /// <summary>Of <see cref="ControlRequest.Retry"/>: the failed files that are meant.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IReadOnlyList<FileRecord> Files { get; init; } = [];

    /// <summary>Lines about those that it could not be done to; null where there are none.</summary>
    public IReadOnlyList<string>? Useless { get; init; }

    public static ControlAnswer Refused(string reason) => new([], reason);
}

/// <summary>Names of workers or files as a person types them: <c>*</c> and <c>?</c> stand for any characters.</summary>
internal sealed record NamePatterns(IReadOnlyList<string> Patterns)
{
    /// <summary>Names as they are, whatever characters are in them.</summary>
    public bool AreNames { get; init; }

    public bool Match(string name) =>
        Patterns.Any(pattern => AreNames ? pattern == name : Matches(pattern, name));

    public static bool Matches(string pattern, string name) =>
        pattern == name || FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);

    public override string ToString() => string.Join(", ", Patterns);
}
