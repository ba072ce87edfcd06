using System.Collections.Concurrent;
using System.Reflection;
using Xunit;
using Xunit.v3;

namespace FineWebTorch.Support;

/// <summary>
/// Gives every test of an assembly a limit; xunit's own holds for a single asynchronous test. At the limit the test's
/// <c>TestContext.Current.CancellationToken</c> is cancelled; a test that does not end then ends the process with its
/// name, so that nothing waits for ever. It is many times what any test takes on a busy machine: none depends on it.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class TimeLimitAttribute : BeforeAfterTestAttribute
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<string, Timer> _watches = new();

    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        var (context, cancelled) = (TestContext.Current, false);
        var own = methodUnderTest.GetCustomAttribute<LongTestAttribute>();
        var limit = own is null ? Limit : TimeSpan.FromMinutes(own.Minutes);
        _watches[test.UniqueID] = new Timer(
            _ =>
            {
                if (cancelled)
                    Environment.FailFast($"{test.TestDisplayName} did not end within {limit + Grace}");
                cancelled = true;
                context.CancelCurrentTest();
            },
            state: null, limit, Grace);
    }

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (_watches.TryRemove(test.UniqueID, out var watch))
            watch.Dispose();
    }
}

/// <summary>A test that is many: it has so many minutes instead.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LongTestAttribute(int minutes) : Attribute
{
    public int Minutes { get; } = minutes;
}
