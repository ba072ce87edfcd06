using System.Collections;
using System.CommandLine;

namespace FineWebTorch.Worker.Commands;

/// <summary>
/// The options of a command, each in one place: how it is typed, what help says of it and what it sets.
/// </summary>
/// <typeparam name="T">What the command is asked to do.</typeparam>
internal sealed class OptionTable<T> : IEnumerable<Symbol>
    where T : new()
{
    private readonly List<(Symbol Symbol, Action<T, ParseResult> Set)> _rows = [];

    public void Add<TValue>(Argument<TValue> argument, Action<T, TValue> set) =>
        _rows.Add((argument, (request, parsed) => set(request, parsed.GetValue(argument)!)));

    public void Add<TValue>(Option<TValue> option, Action<T, TValue> set) =>
        _rows.Add((option, (request, parsed) => set(request, parsed.GetValue(option)!)));

    /// <summary>Makes a command take these options, in this order, and do something with them.</summary>
    public TCommand Complete<TCommand>(TCommand command, Func<T, CancellationToken, Task<int>> run)
        where TCommand : Command
    {
        foreach (var (symbol, _) in _rows)
        {
            if (symbol is Argument argument)
                command.Arguments.Add(argument);
            else
                command.Options.Add((Option)symbol);
        }

        command.SetAction((parsed, cancellation) => run(Read(parsed), cancellation));
        return command;
    }

    public IEnumerator<Symbol> GetEnumerator() => _rows.Select(row => row.Symbol).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private T Read(ParseResult parsed)
    {
        var request = new T();
        foreach (var (_, set) in _rows)
            set(request, parsed);
        return request;
    }
}
