using System.CommandLine;

namespace FineWebTorch.Bench;

/// <summary>Options that several of the programs have.</summary>
public static class BenchOptions
{
    public static Option<int> Threads() => Number("--threads", Environment.ProcessorCount, "Threads of both sides");

    public static Option<int> Rounds(int standard) => Number("--rounds", standard, "Measurements of each contender");

    public static Option<string> Out() => new("--out")
    {
        Description = "Write the rows to this JSON file",
        HelpName = "FILE",
        Required = true,
    };

    /// <param name="standard">Its default.</param>
    public static Option<int> Number(string name, int standard, string description)
    {
        var option = new Option<int>(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => standard,
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, out var value) && value < 1)
                result.AddError($"{name} must be 1 or more");
        });
        return option;
    }

    public static Option<string> Text(string name, string standard, string description) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => standard,
    };

    /// <summary>Writes what was measured, and prints it.</summary>
    public static void Finish(string file, IReadOnlyList<BenchRow> rows)
    {
        new BenchFile(Machine.Describe(), rows).Write(file);
        Console.Write(BenchTable.Format(rows));
    }
}
