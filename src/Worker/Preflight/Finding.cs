using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using FineWebTorch.Common;

namespace FineWebTorch.Worker.Preflight;

/// <summary>What is to be thought of one thing that was looked at.</summary>
internal enum Verdict
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Not looked at, for a reason that is no fault.</summary>
    Skipped,

    /// <summary>A worker works here, but slower or less surely than it could.</summary>
    Doubtful,

    /// <summary>A worker would fail, or give wrong scores.</summary>
    Bad,
}

/// <summary>What was found of one thing.</summary>
/// <param name="Name">Of the thing, in a word or two.</param>
/// <param name="Text">What was seen, in one line.</param>
/// <param name="Advice">What to do about it; null where nothing.</param>
internal sealed record Finding(string Name, Verdict Verdict, string Text, string? Advice = null)
{
    public static Finding Good(string name, string text) => new(name, Verdict.Good, text);

    public static Finding Skipped(string name, string text) => new(name, Verdict.Skipped, text);

    public static Finding Doubtful(string name, string text, string advice) => new(name, Verdict.Doubtful, text, advice);

    public static Finding Bad(string name, string text, string advice) => new(name, Verdict.Bad, text, advice);
}

/// <summary>All that was found, and what follows from it.</summary>
internal sealed record FindingList(IReadOnlyList<Finding> Findings)
{
    private static readonly JsonSerializerOptions JsonStyle = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>The worst there is; what was skipped counts for nothing.</summary>
    public Verdict Verdict => Findings.Select(finding => finding.Verdict)
        .Where(verdict => verdict != Verdict.Skipped).DefaultIfEmpty(Verdict.Good).Max();

    /// <summary>0 where a worker works here, if slowly.</summary>
    public int ExitCode => Verdict == Verdict.Bad ? Common.ExitCode.Failure : Common.ExitCode.Success;

    public byte[] ToText()
    {
        var text = new StringBuilder();
        foreach (var finding in Findings)
        {
            text.Append(CultureInfo.InvariantCulture, $"{Mark(finding.Verdict),-7} {finding.Name,-12} {finding.Text}\n");
            if (finding.Advice is not null)
                text.Append(CultureInfo.InvariantCulture, $"{"",-20} {finding.Advice}\n");
        }

        return Encoding.UTF8.GetBytes(text.Append(CultureInfo.InvariantCulture, $"{Summary()}\n").ToString());
    }

    public byte[] ToJson() =>
        [.. JsonSerializer.SerializeToUtf8Bytes(new { Verdict, Checks = Findings }, JsonStyle), (byte)'\n'];

    private string Summary()
    {
        var doubts = Findings.Count(finding => finding.Verdict == Verdict.Doubtful);
        return Verdict switch
        {
            Verdict.Bad => $"not ready: {NumberText.Count(Findings.Count(one => one.Verdict == Verdict.Bad), "fault")}",
            Verdict.Doubtful => $"ready, with {NumberText.Count(doubts, "doubt")}",
            _ => "ready",
        };
    }

    private static string Mark(Verdict verdict) => verdict switch
    {
        Verdict.Good => "ok",
        Verdict.Skipped => "-",
        Verdict.Doubtful => "doubt",
        _ => "FAULT",
    };
}
