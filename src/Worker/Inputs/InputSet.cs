using FineWebTorch.Hub;
using FineWebTorch.Worker.Documents;

namespace FineWebTorch.Worker.Inputs;

/// <summary>All inputs of a command: those of this machine are looked at first, which costs nothing.</summary>
internal sealed class InputSet : IDisposable
{
    private readonly InputOptions _options;
    private readonly List<(NamedInput? Named, ScoreInput? Opened)> _inputs;

    private InputSet(
        InputOptions options, BadRecords? badRecords, IEnumerable<(NamedInput?, ScoreInput?)> inputs) =>
        (_options, BadRecords, _inputs) = (options, badRecords, [.. inputs]);

    /// <summary>Records that were left out; null where a bad one ends the reading.</summary>
    public BadRecords? BadRecords { get; }

    /// <summary>Kinds of the inputs, in their order.</summary>
    public IEnumerable<InputKind> Kinds => _inputs.Select(input => input.Named?.Kind ?? InputKind.Text);

    /// <summary>Paths of those that are files of this machine.</summary>
    public IEnumerable<string> Files => _inputs.Select(input => input.Named).OfType<NamedInput>()
        .Where(input => input.IsFile).Select(input => input.Name);

    public bool HasStandardInput => _inputs.Any(input => input.Named?.Name == InputStreams.StandardInput);

    /// <summary>Finds what was typed.</summary>
    /// <exception cref="IOException">It is not there.</exception>
    public static InputSet Find(InputOptions options)
    {
        var badRecords = options.SkipBadLines ? new BadRecords(options.Warn) : null;
        return options.Text is { } text
            ? new InputSet(options, badRecords, [(null, ScoreInput.OfText(text, options))])
            : new InputSet(
                options, badRecords,
                new InputList(options.Kind, options.Warn).Find(options.Names)
                    .Select(input => ((NamedInput?)input, (ScoreInput?)null)));
    }

    /// <summary>Opens those of this machine. Their columns are looked at.</summary>
    public void OpenLocal()
    {
        for (var i = 0; i < _inputs.Count; i++)
        {
            if (_inputs[i] is { Named: { IsOnHub: false } named, Opened: null })
                _inputs[i] = (named, ScoreInput.Open(named, _options, BadRecords));
        }
    }

    /// <summary>Opens all, fetching those on the Hub.</summary>
    public async Task<IReadOnlyList<ScoreInput>> OpenAsync(Func<HubAccess> hub, CancellationToken cancellation)
    {
        OpenLocal();
        for (var i = 0; i < _inputs.Count; i++)
        {
            if (_inputs[i] is { Named: { } named, Opened: null })
                _inputs[i] = (
                    named, await HubScoreInput.OpenAsync(named, _options, BadRecords, hub(), cancellation));
        }

        return [.. _inputs.Select(input => input.Opened!)];
    }

    public void Dispose()
    {
        foreach (var (_, opened) in _inputs)
            opened?.Dispose();
    }
}
