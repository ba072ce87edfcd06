using System.CommandLine;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Options;

/// <summary>All there is to know of an option of the command line: what help says of it, and what it sets.</summary>
/// <typeparam name="T">What it is set in; a record, since setting makes another one.</typeparam>
/// <param name="Name">With its dashes.</param>
/// <param name="HelpName">What help calls the value; empty for a flag.</param>
/// <param name="Description">For help, without the default.</param>
/// <param name="Default">As it would be typed; null where not typing it means something else than any text.</param>
/// <param name="Set">Reads the text; throws a <see cref="FormatException"/> that says what it must be.</param>
internal sealed record Setting<T>(
    string Name, string HelpName, string Description, string? Default, Func<T, string, T> Set)
{
    /// <summary>Makes what was typed independent of where it was typed, for example an absolute path.</summary>
    public Func<string, string> Resolve { get; init; } = text => text;

    /// <summary>What was set, in the words of the command line; null where nobody asks.</summary>
    public Func<T, string>? Write { get; init; }

    /// <summary>Values that shells offer for completion.</summary>
    public string[] Words { get; init; } = [];

    /// <summary>It means nothing unless the output is on the Hub.</summary>
    public bool IsForHub { get; init; }

    public Option ToOption()
    {
        if (HelpName.Length == 0)
            return new Option<bool>(Name) { Description = Description };
        var option = new Option<string?>(Name) { HelpName = HelpName, Description = Description };
        if (Default is not null)
            option.DefaultValueFactory = _ => Default;
        option.CompletionSources.Add(Words);
        return option;
    }

    /// <returns><paramref name="target"/> as it was where the text is wrong; then there is a violation more.</returns>
    public T Apply(T target, string text, ICollection<string> violations)
    {
        try
        {
            return Set(target, Resolve(text));
        }
        catch (FormatException exception)
        {
            violations.Add($"{Name}{(text.Length > 0 ? " " : "")}{text}: {exception.Message}");
        }
        catch (HubPathException exception)
        {
            violations.Add($"{Name} {exception.Message}");
        }

        return target;
    }
}
