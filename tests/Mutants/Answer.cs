using System.Text.Json.Serialization;

namespace FineWebTorch.Mutants;

/// <summary>What became of a mutant.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Verdict>))]
public enum Verdict
{
    /// <summary>Being asked. Where it is the last word, the process has ended over it.</summary>
    Asked,

    /// <summary>To be asked first in a new process: what went before it in this one may have decided.</summary>
    Doubtful,

    /// <summary>A test failed with it that passes without it.</summary>
    Killed,

    /// <summary>A test did not end with it within many times what it takes.</summary>
    Timeout,

    Survived,

    /// <summary>No test reaches it.</summary>
    NoCoverage,
}

/// <summary>One line of the answers; of several about one mutant the last one counts.</summary>
/// <param name="By">The test that noticed, or over which the time ran out.</param>
public sealed record Answer(
    int Mutant, string File, Verdict Verdict, string? By = null, string? Failure = null, double Seconds = 0);

/// <summary>The answers so far.</summary>
public sealed class Answers
{
    /// <summary>A process may be ended from outside; what ends two in a row is the mutant.</summary>
    private const int Ended = 2;

    private readonly JsonLines<Answer> _lines;
    private readonly Dictionary<int, Verdict> _verdicts = [];
    private readonly Dictionary<int, int> _unanswered = [];
    private readonly Dictionary<(string File, string Test), int> _kills = [];

    public Answers(string path)
    {
        _lines = new(path);
        foreach (var answer in _lines.ReadAll())
            Note(answer);
    }

    public bool IsOpen(Mutant mutant) =>
        !_verdicts.TryGetValue(mutant.Id, out var verdict) || verdict is Verdict.Asked or Verdict.Doubtful;

    public bool IsDoubtful(Mutant mutant) => _verdicts.GetValueOrDefault(mutant.Id) == Verdict.Doubtful;

    /// <summary>Whether a mutant has ended whatever process was asked about it.</summary>
    public bool HasEndedProcesses(Mutant mutant) => _unanswered.GetValueOrDefault(mutant.Id) >= Ended;

    /// <summary>How many mutants of a file a test has noticed: it may well notice the next one.</summary>
    public int Kills(string file, string test) => _kills.GetValueOrDefault((file, test));

    public void Add(Answer answer)
    {
        _lines.Add(answer);
        Note(answer);
    }

    private void Note(Answer answer)
    {
        _verdicts[answer.Mutant] = answer.Verdict;
        _unanswered[answer.Mutant] =
            answer.Verdict == Verdict.Asked ? _unanswered.GetValueOrDefault(answer.Mutant) + 1 : 0;
        if (answer is { Verdict: Verdict.Killed, By: { } test })
            _kills[(answer.File, test)] = Kills(answer.File, test) + 1;
    }
}
