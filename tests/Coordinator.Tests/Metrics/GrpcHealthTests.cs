using FineWebTorch.Coordinator.Tests.Sessions;
using Grpc.Core;
using Grpc.Health.V1;
using State = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace FineWebTorch.Coordinator.Tests.Metrics;

public sealed class GrpcHealthTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Check_AnswersForTheServerAndItsServiceWithoutASession()
    {
        await using var host = await RunHost.StartAsync(_folder, 12);
        var health = new Health.HealthClient(host.Channel);

        Assert.Equal(State.Serving, await UntilAsync(health, ""));
        Assert.Equal(State.Serving, await UntilAsync(health, "fineweb.v1.Coordination"));
        var unknown = await Assert.ThrowsAsync<RpcException>(async () => await health.CheckAsync(
            new HealthCheckRequest { Service = "another" }, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(StatusCode.NotFound, unknown.StatusCode);
    }

    /// <summary>The first answer comes when it has been looked for the first time, right after the start.</summary>
    private static async Task<State> UntilAsync(Health.HealthClient health, string service)
    {
        var cancelled = TestContext.Current.CancellationToken;
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var answer = await health.CheckAsync(
                    new HealthCheckRequest { Service = service }, cancellationToken: cancelled);
                if (answer.Status == State.Serving || attempt == 100)
                    return answer.Status;
            }
            catch (RpcException early) when (early.StatusCode == StatusCode.NotFound && attempt < 100)
            {
                // Not yet
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), cancelled);
        }
    }
}
