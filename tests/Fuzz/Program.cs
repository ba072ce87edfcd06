using FineWebTorch.Fuzz;
using FineWebTorch.Fuzz.Engine;

// Before anything else: instrumented code counts from its first branch on.
var coverage = new Coverage();
try
{
    var arguments = Arguments.Parse(args);
    return arguments.Mode switch
    {
        Mode.Child => new Child(arguments, coverage).Run(),
        Mode.Repeat => Child.Repeat(arguments.Targets[0], arguments.Input!),
        _ => await new Trials(arguments).RunAsync(),
    };
}
catch (FormatException wrong)
{
    Console.Error.WriteLine($"error: fuzz: {wrong.Message}; see build/fuzz --help");
    return 2;
}
