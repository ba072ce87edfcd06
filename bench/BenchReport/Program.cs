// One table of what several programs measured, and one JSON file: BenchReport OUT FILE...
using FineWebTorch.Bench;

if (args is not [var output, _, ..])
{
    await Console.Error.WriteLineAsync("usage: BenchReport OUT FILE...");
    return 2;
}
try
{
    var files = args.Skip(1).Select(BenchFile.Read).ToList();
    var all = new BenchFile(Machine.Describe(), [.. files.SelectMany(file => file.Rows)]);
    all.Write(output);
    Console.WriteLine(all.Machine);
    Console.Write(BenchTable.Format(all.Rows));
    return 0;
}
catch (Exception problem) when (problem is IOException or InvalidDataException)
{
    await Console.Error.WriteLineAsync($"BenchReport: {problem.Message}");
    return 1;
}
