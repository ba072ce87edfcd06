using FineWebTorch.Mutants;

/// <summary>
/// What .NET calls in a test program before its own entry point where <c>DOTNET_STARTUP_HOOKS</c> names this assembly,
/// so that the mutants are asked about in the test program's own process and surroundings. Never comes back.
/// </summary>
internal static class StartupHook
{
    public static void Initialize()
    {
        // Not for the programs that tests start.
        Environment.SetEnvironmentVariable("DOTNET_STARTUP_HOOKS", null);
        var plan = Environment.GetEnvironmentVariable("MUTANTS_PLAN") ?? throw new InvalidOperationException(
            "MUTANTS_PLAN must name the plan that build/mutants has written");
        Environment.Exit((int)new Interrogation(MutationPlan.Read(plan)).Run());
    }
}
