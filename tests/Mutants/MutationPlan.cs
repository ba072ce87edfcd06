using System.Text.Json;

namespace FineWebTorch.Mutants;

/// <summary>A change to the sources that Stryker has compiled in, to be switched on.</summary>
/// <param name="Id">Stryker's number of it.</param>
/// <param name="File">The source file.</param>
public sealed record Mutant(int Id, string File);

/// <summary>What a process of a test program is to ask; written by <c>build/mutants</c>.</summary>
/// <param name="Tests">File of the test assembly, beside this process's other assemblies.</param>
/// <param name="Mutated">File of the assembly that holds the mutants, in the same folder.</param>
/// <param name="Classes">The full names of test classes that are to notice: a regular expression.</param>
/// <param name="Coverage">Where it is kept what each test reaches: lines of <see cref="TestCoverage"/>.</param>
/// <param name="Answers">Where the answers are kept: lines of <see cref="Answer"/>.</param>
/// <param name="Alone">Whether each mutant gets a process of its own, as those of static initialisers do.</param>
/// <param name="LongestTest">Tests that take longer are left out; seconds.</param>
/// <param name="Patience">What no test has noticed after so many seconds of tests counts as not noticed.</param>
/// <param name="Mutants">What to ask, in this order.</param>
public sealed record MutationPlan(
    string Tests, string Mutated, string Classes, string Coverage, string Answers, bool Alone, double LongestTest,
    double Patience, Mutant[] Mutants)
{
    public static MutationPlan Read(string path) =>
        JsonSerializer.Deserialize<MutationPlan>(File.ReadAllText(path), JsonSerializerOptions.Web)!;
}

/// <summary>JSON lines that are only ever added to, so that they hold whatever happens to the process.</summary>
public sealed class JsonLines<T>(string path)
{
    public IReadOnlyList<T> ReadAll() => !File.Exists(path) ? [] :
        [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<T>(line, JsonSerializerOptions.Web)!)];

    public void Add(T item) =>
        File.AppendAllText(path, JsonSerializer.Serialize(item, JsonSerializerOptions.Web) + "\n");
}
